/** The left panel: what can be done, grouped by who does it. */

import { byId, el } from '../dom.ts';
import type { Stage } from '../world/stage.ts';

/** A button: its name, what it will do, and what happens when it is pressed. */
export interface Action {
  readonly name: string;
  readonly hint: string;
  run(stage: Stage): Promise<void>;
}

export interface ActionGroup {
  readonly title: string;
  readonly actions: readonly Action[];
}

type Press = (action: Action, button: HTMLButtonElement) => void;

/** Fills the panel; `press` is told which action's button was pressed. */
export function showActions(groups: readonly ActionGroup[], press: Press): void {
  byId('actions').replaceChildren(...groups.map((group, index) => groupView(group, `group-${index}`, press)));
}

/** The one button that stands apart. */
export function showReset(reset: Action, press: Press): void {
  const button = el('button', { type: 'button' }, reset.name);
  button.addEventListener('click', () => press(reset, button));
  byId('reset').replaceChildren(button);
}

function groupView({ title, actions }: ActionGroup, id: string, press: Press): HTMLElement {
  const cards = actions.map((action, index) => card(action, `${id}-hint-${index}`, press));
  return el('div', { class: 'group', role: 'group', 'aria-labelledby': id }, el('h3', { id }, title), ...cards);
}

function card(action: Action, hintId: string, press: Press): HTMLElement {
  const button = el('button', { type: 'button', 'aria-describedby': hintId }, action.name);
  button.addEventListener('click', () => press(action, button));
  return el('div', { class: 'action' }, button, el('p', { class: 'hint', id: hintId }, action.hint));
}
