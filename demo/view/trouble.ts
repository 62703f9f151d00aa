/** What the page says when it cannot go on. */

import { byId, el } from '../dom.ts';

/** In place of the panels. */
export function showObstacle(sentence: string): void {
  const panels = byId('panels');
  panels.hidden = true;
  panels.before(el('p', { class: 'obstacle', role: 'alert' }, sentence));
}

/** At the end of the log: an action that could not be carried out. */
export function showFailure(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  byId('decisions').append(el('p', { class: 'failure' }, `This did not work: ${text} Try again, or press Reset.`));
}

/** Above the panels, and only once: what changes what the panels mean. */
export function showNotice(sentence: string): void {
  const shown = [...document.querySelectorAll('.notice')].some(({ textContent }) => textContent === sentence);
  if (!shown) byId('panels').before(el('p', { class: 'notice', role: 'alert' }, sentence));
}
