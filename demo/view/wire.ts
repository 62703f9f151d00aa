/** The centre panel: one exchange, drawn from what was sent and received. */

import { byId, el } from '../dom.ts';
import type { Attempt, Entry, Exchange } from '../exchange.ts';
import { openJwt } from '../jwt.ts';
import { linkMeaning, linkState } from '../link-words.ts';
import { requestText, responseText, statusText } from './http.ts';
import { glyph } from './glyph.ts';
import { linkPicture } from './link.ts';
import { openedJwt } from './opened-jwt.ts';
import { remarksView } from './remarks.ts';

/** Shows what a decision was about. */
export function showOnWire(entry: Entry, number: number): void {
  const { shown } = entry;
  const attempt = shown.kind === 'exchange' && shown.exchange.attempt > 1 ? `, Keybound’s attempt ${shown.exchange.attempt}` : '';
  const content = shown.kind === 'exchange' ? exchangeView(shown.exchange, entry) : attemptsView(shown.attempts, shown.jkt);
  byId('wire-which').textContent = `decision ${number}${attempt}`;
  byId('wire').replaceChildren(...content);
  byId('wire').scrollTop = 0;
}

/** Before anything has been sent. */
export function showQuietWire(): void {
  byId('wire-which').textContent = '';
  const sentences = [
    'The token names a key: the thumbprint in its cnf claim.',
    'Each request brings a proof, signed with a key.',
    'Only where the two are the same key is the token worth anything.',
  ];
  byId('wire').replaceChildren(
    el(
      'div',
      { class: 'quiet' },
      quietPicture(),
      el('p', { class: 'quiet-title' }, 'Nothing sent yet'),
      el('ol', { class: 'quiet-steps' }, ...sentences.map((sentence) => el('li', {}, sentence))),
      el('p', {}, 'Start with “Log in as Alice” and “GET /orders”. Then take her token.'),
    ),
  );
}

function quietPicture(): HTMLElement {
  const [token, proof] = [glyph('m'.repeat(43)), glyph('m'.repeat(43))];
  return el('div', { class: 'quiet-picture' }, token, el('span', { 'aria-hidden': 'true' }, '='), proof);
}

function exchangeView(exchange: Exchange, entry: Entry): HTMLElement[] {
  const { code } = entry;
  const token = openJwt(exchange.accessToken);
  const proof = openJwt(exchange.proof);
  const { tokenJkt, proofJkt } = exchange;
  const state = linkState(exchange, code);
  return [
    route(exchange, entry),
    linkPicture({ state, tokenJkt, proofJkt, meaning: linkMeaning({ state, exchange, code }) }),
    el('section', { class: 'message' }, el('h3', {}, 'Request'), requestText(exchange)),
    el(
      'div',
      { class: 'jwts' },
      openedJwt('Access token', tokenNote(exchange), token, ['cnf', 'exp', 'sub'], 'This request carries no token.'),
      openedJwt('Proof', 'Made for this one request', proof, ['jwk', 'htm', 'htu', 'nonce', 'ath', 'jti'], 'This request carries no proof.'),
    ),
    el('section', { class: 'message' }, el('h3', {}, 'Response'), responseText(exchange)),
    remarksView(exchange.remarks),
  ];
}

function tokenNote({ isIssued, requestBody }: Exchange): string {
  if (isIssued) return 'Issued with this answer';
  return new URLSearchParams(requestBody).has('token') ? 'Handed in to be revoked' : 'An ordinary JWT with one claim more: cnf';
}

/** Who sends what to whom, and what came of it. */
function route({ sender, method, url, status }: Exchange, { judge, verdict }: Entry): HTMLElement {
  const { host, pathname } = new URL(url);
  return el(
    'div',
    { class: `route route-${verdict.toLowerCase()}` },
    el('span', { class: `party party-${sender === 'Thief' ? 'thief' : 'alice'}` }, el('span', { class: 'party-role' }, 'From'), sender),
    el('span', { class: 'route-line' }, el('span', { class: 'route-what' }, `${method} ${pathname}`), el('span', { class: 'route-host' }, host)),
    el('span', { class: 'party' }, el('span', { class: 'party-role' }, 'To'), judge),
    el('span', { class: 'route-status' }, `${status} ${statusText(status)}`),
  );
}

function attemptsView(attempts: readonly Attempt[], jkt: string | undefined): HTMLElement[] {
  const rows = attempts.map(({ call, refused, outcome }) =>
    el('li', { class: refused ? 'attempt attempt-refused' : 'attempt' }, el('code', {}, call), el('span', {}, outcome)),
  );
  return [
    el(
      'div',
      { class: 'handle' },
      jkt ? glyph(jkt, 'glyph-large') : undefined,
      el('div', {}, el('h3', {}, 'Nothing went over the wire'), el('p', {}, 'Hostile script took the key’s handle out of IndexedDB and tried to get the key out of the handle.')),
    ),
    el('ol', { class: 'attempts' }, ...rows),
  ];
}
