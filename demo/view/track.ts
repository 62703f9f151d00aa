/** The ten steps as a small track: passed, stopped, not reached. The words beside it say the same. */

import { el } from '../dom.ts';
import type { VerdictKind } from '../ruling.ts';
import { stepName, steps } from '../steps.ts';

/** The track of a decision that came to an end at a step. */
export function track(step: number, verdict: VerdictKind): HTMLElement {
  const cells = steps.map(({ name }, index) => el('span', { class: `cell cell-${cellState(index + 1, step, verdict)}`, title: `${index + 1} ${name}` }));
  return el('div', { class: 'track' }, el('span', { class: 'cells', 'aria-hidden': 'true' }, ...cells), words(step, verdict));
}

function cellState(position: number, step: number, verdict: VerdictKind): string {
  if (position < step || verdict === 'ALLOW') return 'passed';
  if (position > step) return 'unreached';
  return verdict === 'DENY' ? 'stopped' : 'asked';
}

function words(step: number, verdict: VerdictKind): HTMLElement {
  if (verdict === 'ALLOW') return el('span', { class: 'track-words' }, 'Step 10 of 10, all passed');
  return el('span', { class: 'track-words' }, `Step ${step} of 10, ${stepName(step)}`);
}
