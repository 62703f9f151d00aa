/** Where the servers run, and the switch from one place to the other. */

import { byId, el } from '../dom.ts';
import type { LiveFacts } from '../world/live/facts.ts';
import type { Choice } from '../worlds.ts';
import { showNotice } from './trouble.ts';

/** Each place is a page of its own: changing it begins with an empty log. */
export function showPlace({ chosen, live }: Choice): void {
  byId('place').replaceChildren(
    el('span', { class: 'place-title' }, 'Servers'),
    place('page', 'in this page', chosen),
    live ? place('live', 'real processes', chosen) : el('span', { class: 'place-missing' }, 'real ones: ', el('code', {}, 'npm run demo:live')),
  );
  if (chosen === 'live' && live) showProcesses(live);
}

function place(name: Choice['chosen'], words: string, chosen: Choice['chosen']): HTMLElement {
  return el('a', { href: `?servers=${name}`, class: 'place-choice', 'aria-current': name === chosen ? 'true' : undefined }, words);
}

const withoutRedis =
  'No Redis on this machine: each process remembers alone. Replica B does not know what replica A has seen: what stops a replay there is that it does not know A’s nonces either. A revocation does not reach the replicas.';

function showProcesses({ processes, redis }: LiveFacts): void {
  byId('where').textContent = 'each server a process of its own, and the thief, too:';
  const items = processes.map(({ name, pid, host }) => el('li', {}, name, ' ', el('code', {}, host || `pid ${pid}`)));
  byId('processes').replaceChildren(...items);
  byId('processes').hidden = false;
  if (!redis) showNotice(withoutRedis);
}
