/** What Keybound made of the answer on show: quiet lines under it, and none where it had nothing to do. */

import { el } from '../dom.ts';
import type { Remark } from '../exchange.ts';

let refresh = (): void => {};

/** The lines of an answer; {@link refreshRemarks} adds what has come since. */
export function remarksView(remarks: readonly Remark[]): HTMLElement {
  const list = el('ol');
  const section = el('section', { class: 'message remarks' }, el('h3', {}, 'Keybound’s events'), list);
  refresh = () => {
    section.hidden = remarks.length === 0;
    list.replaceChildren(...remarks.map(({ event, words }) => el('li', {}, el('code', {}, event), ' ', words)));
  };
  refresh();
  return section;
}

export function refreshRemarks(): void {
  refresh();
}
