/** The demo page: sets the stage, and lets the buttons act on it one at a time. */

import { captures } from './actions/captures.ts';
import { edges } from './actions/edges.ts';
import { endings } from './actions/endings.ts';
import { honest } from './actions/honest.ts';
import { thefts } from './actions/thefts.ts';
import { findObstacle } from './support.ts';
import { trustServiceWorkerOnly } from './trusted-types.ts';
import { inTurn } from './turnstile.ts';
import { showActions, showReset, type Action } from './view/actions.ts';
import { addEntry, clearEntries } from './view/decisions.ts';
import { showIdentities, showNobody } from './view/identities.ts';
import { showLegend } from './view/legend.ts';
import { showPlace } from './view/place.ts';
import { refreshRemarks } from './view/remarks.ts';
import { showFailure, showNotice, showObstacle } from './view/trouble.ts';
import { showQuietWire } from './view/wire.ts';
import { Stage } from './world/stage.ts';
import { chooseWorld } from './worlds.ts';

function start(): void {
  trustServiceWorkerOnly();
  showLegend();
  clearEntries();
  showQuietWire();
  showNobody();
  const obstacle = findObstacle();
  if (obstacle !== undefined) return showObstacle(obstacle);
  const stage = setStage();
  const press = (action: Action, button: HTMLButtonElement): void => inTurn(button, () => perform(action, stage));
  showActions([honest, thefts, captures, endings, edges], press);
  showReset({ name: 'Reset', hint: '', run: reset }, press);
  stage.then(showIdentities, (error: unknown) => showObstacle(error instanceof Error ? error.message : String(error)));
}

async function setStage(): Promise<Stage> {
  const choice = await chooseWorld();
  showPlace(choice);
  // Another tab pressed Reset: the servers that this one knows are gone.
  return Stage.set({ open: choice.open, show: addEntry, onKeyGone: () => location.reload(), onLost: showNotice });
}

async function perform(action: Action, setting: Promise<Stage>): Promise<void> {
  const stage = await setting.catch(() => undefined);
  if (!stage) return;
  try {
    await action.run(stage);
  } catch (error) {
    showFailure(error);
  }
  await stage.recorder.settled().catch(showFailure);
  refreshRemarks();
  showIdentities(stage);
}

async function reset(stage: Stage): Promise<void> {
  await stage.reset();
  clearEntries();
  showQuietWire();
}

start();
