/** A JWT opened: header and claims as JSON, with the members marked that the decision turns on. */

import { el } from '../dom.ts';
import type { OpenedJwt } from '../jwt.ts';

/** A card with a JWT's two halves. */
export function openedJwt(title: string, note: string, jwt: OpenedJwt | undefined, marked: readonly string[], nothing: string): HTMLElement {
  const parts = jwt
    ? [el('p', { class: 'jwt-note' }, note), el('h4', {}, 'Header'), json(jwt.header, marked), el('h4', {}, 'Claims'), json(jwt.claims, marked)]
    : [el('p', { class: 'nothing' }, nothing)];
  return el('section', { class: 'jwt' }, el('h3', {}, title), ...parts);
}

function json(value: Readonly<Record<string, unknown>>, marked: readonly string[]): HTMLElement {
  const members = Object.entries(value).map(([name, member]) => line(name, member, marked.includes(name)));
  return el('pre', { class: 'json' }, '{\n', ...members.flatMap((member, index) => [index > 0 && ',\n', member]), '\n}');
}

function line(name: string, member: unknown, isMarked: boolean): HTMLElement {
  const text = JSON.stringify(member, undefined, 2).replaceAll('\n', '\n  ');
  const time = typeof member === 'number' && /^(?:iat|exp|nbf)$/.test(name) ? el('span', { class: 'json-time' }, `  ${clock(member)}`) : undefined;
  return el(isMarked ? 'mark' : 'span', {}, '  ', el('span', { class: 'json-name' }, JSON.stringify(name)), `: ${text}`, time);
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB');
}
