/** What the tracks in the log stand for, until there are any. */

import { byId, el } from '../dom.ts';
import { steps } from '../steps.ts';

export function showLegend(): void {
  const rows = steps.map(({ name, question }) => el('li', {}, el('span', { class: 'legend-name' }, name), ' ', el('span', {}, question)));
  byId('legend').replaceChildren(
    el('p', {}, 'Each request has to pass ten checks. The first that fails decides.'),
    el('ol', {}, ...rows),
  );
}
