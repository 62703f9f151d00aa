/** The log: one entry a decision, newest last. */

import { byId, el } from '../dom.ts';
import type { Entry } from '../exchange.ts';
import { showOnWire } from './wire.ts';
import { track } from './track.ts';

let count = 0;

/** Adds an entry and shows what it is about. */
export function addEntry(entry: Entry): void {
  const log = byId('decisions');
  count += 1;
  if (count === 1) log.replaceChildren(el('ol', { class: 'entries' }));
  byId('legend').hidden = true;
  const item = entryView(entry, count);
  log.firstElementChild?.append(item);
  log.scrollTop = log.scrollHeight;
  showLatest(entry);
  select(item, entry, count);
}

/** The log with nothing in it. */
export function clearEntries(): void {
  count = 0;
  byId('latest').hidden = true;
  byId('decisions').replaceChildren();
  byId('legend').hidden = false;
}

function entryView(entry: Entry, number: number): HTMLElement {
  const { verdict, code, judge, sender, request, step, sentence } = entry;
  const show = el('button', { type: 'button', class: 'entry-show', 'aria-pressed': 'false' }, 'Show', el('span', { class: 'unseen' }, ` decision ${number}`));
  const item = el(
    'li',
    { class: `entry entry-${verdict.toLowerCase()}${sender === 'Alice’s browser' ? '' : ' entry-hostile'}` },
    el('p', { class: 'entry-verdict' }, el('strong', {}, verdict), code !== undefined && ' ', code !== undefined && el('code', {}, code)),
    el('p', { class: 'entry-who' }, el('span', { class: 'entry-judge' }, judge), ' · ', el('span', { class: 'entry-sender' }, sender), ' · ', request),
    step !== undefined && track(step, verdict),
    el('p', { class: 'entry-sentence' }, sentence),
    show,
  );
  show.addEventListener('click', () => select(item, entry, number));
  return item;
}

function select(item: HTMLElement, entry: Entry, number: number): void {
  for (const button of byId('decisions').querySelectorAll('.entry-show')) button.setAttribute('aria-pressed', String(item.contains(button)));
  for (const other of byId('decisions').querySelectorAll('.entry')) other.classList.toggle('entry-shown', other === item);
  showOnWire(entry, number);
}

/** On narrow screens the log is far from the buttons: the newest verdict stays in view. */
function showLatest({ verdict, code, judge }: Entry): void {
  const latest = byId('latest');
  latest.hidden = false;
  latest.className = `latest latest-${verdict.toLowerCase()}`;
  latest.replaceChildren(el('strong', {}, verdict), ' ', code ?? '', ' ', el('span', {}, judge));
}
