/** What can be done to a request on its way, by someone who holds no key. */

import * as fc from 'fast-check';
import type { ApiRequest } from '../support/api.ts';

type Line = [string, string];

/** A change of a request; `others` are further good requests, to take parts from. */
export type Mutation = (request: ApiRequest, others: readonly ApiRequest[]) => ApiRequest;

const fragments = [
  '', ' ', '  ', '\t', ',', ', ', '.', '..', '=', '==', '"', '\u0000', '\r', '\n', '\r\n ', '\u007f', 'é', '\u{1f600}', '\u00a0', '\u212a', '\ud800',
  'A', 'a', '-', '_', '+', '/', '//', '/./', '/../', '/..', '%', '%2', '%2e', '%2E%2e', '%2F', '%41', '%61', '%zz', '%%361', '%00', '%C2%AD', '\\',
  '?', '#', '?x=1', '?access_token=x', '&access_token=x', '?%61ccess_token', '#?access_token=x', '@', 'a@', ':', ':443', ':80', ':0443', ';', '{', '|', '[',
  'DPoP ', 'Bearer ', 'dpop', 'Basic ', 'constructor ', 'none', 'null', '0', '1e999', '{}', '[]', 'GET', 'https://', 'HTTPS://', 'http://', 'evil.example',
];

const fragment = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...fragments) }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) });
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

/** Changes of one text. */
export const textChange: fc.Arbitrary<(text: string) => string> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(([at, bit]) => edit(at, 1, (character) => (character ? String.fromCharCode(character.charCodeAt(0) ^ (1 << bit)) : ''))),
  fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(([at, length]) => edit(at, length, () => '')),
  fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(([at, length]) => edit(at, length, (part) => part + part)),
  fc.tuple(place, fragment).map(([at, text]) => edit(at, 0, () => text)),
  fc.tuple(place, fragment).map(([at, text]) => edit(at, 1, () => text)),
  fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(([at, length]) => edit(at, length, (part) => part.split('').reduceRight((text, character) => text + character, ''))),
  fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(([at, length]) => edit(at, length, (part) => (part === part.toUpperCase() ? part.toLowerCase() : part.toUpperCase()))),
  fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(([at, length]) => edit(at, length, (part) => part.replace(/[\x21-\x7e]/g, (character) => `%${character.charCodeAt(0).toString(16)}`))),
  fragment.map((text) => (before: string) => before + text),
  fragment.map((text) => (before: string) => text + before),
  fragment.map((text) => () => text),
  fc.constantFrom(9_000, 17_000, 70_000).map((size) => (text: string) => (text || 'x').repeat(Math.ceil(size / (text.length || 1)))),
  fc.constantFrom((text: string) => text.toUpperCase(), (text: string) => text.toLowerCase(), (text: string) => text.trim(), (text: string) => text.replace(' ', '    ')),
  // The segments of a JWT.
  fc.tuple(fc.nat(2), fc.nat(2)).map(([from, to]) => (text: string) => {
    const segments = text.split('.');
    [segments[from], segments[to]] = [segments[to] ?? '', segments[from] ?? ''];
    return segments.join('.');
  }),
  fc.nat(4).map((gone) => (text: string) => text.split('.').filter((_, index) => index !== gone).join('.')),
  fc.tuple(fc.nat(2), textSegment()).map(([index, change]) => (text: string) => text.split('.').map((part, at) => (at === index ? change(part) : part)).join('.')),
);

function textSegment() {
  return fc.constantFrom((part: string) => `${part}=`, (part: string) => part.slice(0, -1), (part: string) => `${part}A`, () => '', () => 'e30', (part: string) => part + part);
}

function edit(at: number, length: number, change: (part: string) => string) {
  return (text: string): string => {
    const start = Math.floor(at * (text.length + 1));
    return text.slice(0, start) + change(text.slice(start, start + length)) + text.slice(start + length);
  };
}

const fieldName = fc.constantFrom('DPoP', 'dpop', 'Authorization', 'authorization', 'Host', 'X-Forwarded-Host', 'Proxy-Authorization', 'Cookie', 'Content-Type', '', ' DPoP');

const onLine = (change: (line: Line, others: readonly Line[]) => Line) => fc.nat(3).map((at): Mutation => ({ headers, ...rest }, others) => ({
  ...rest, headers: headers.map((line, index): Line => (index === at % headers.length ? change(line, others.flatMap((other) => other.headers)) : line)),
}));

const withLines = (change: (headers: readonly Line[], others: readonly Line[]) => Line[]): Mutation => ({ headers, ...rest }, others) => ({
  ...rest, headers: change(headers, others.flatMap((other) => other.headers)),
});

/** One change of a request: of its method, its URL, a header's name or value, or its lines. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 1, arbitrary: textChange.map((change): Mutation => (request) => ({ ...request, method: change(request.method) })) },
  { weight: 4, arbitrary: textChange.map((change): Mutation => (request) => ({ ...request, url: change(request.url) })) },
  { weight: 8, arbitrary: textChange.chain((change) => onLine(([name, value]) => [name, change(value)])) },
  { weight: 2, arbitrary: textChange.chain((change) => onLine(([name, value]) => [change(name), value])) },
  { weight: 1, arbitrary: fc.nat(3).map((gone) => withLines((lines) => lines.filter((_, index) => index !== gone))) },
  { weight: 1, arbitrary: fc.nat(3).map((at) => withLines((lines) => [...lines, ...lines.slice(at, at + 1)])) },
  { weight: 1, arbitrary: fc.constant(withLines((lines) => lines.map((_, index) => lines[lines.length - 1 - index]!))) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(3), fc.nat(3)).map(([a, b]) => withLines((lines) => lines.map(([name, value], index): Line => [name, (index === a ? lines[b] : index === b ? lines[a] : undefined)?.[1] ?? value]))) },
  { weight: 2, arbitrary: fc.tuple(fieldName, fragment).map(([name, value]) => withLines((lines) => [...lines, [name, value]])) },
  { weight: 1, arbitrary: fc.tuple(fieldName, fc.nat(30)).map(([name, at]) => withLines((lines, others) => [...lines, [name, others[at % others.length]![1]]])) },
  { weight: 2, arbitrary: fc.nat(30).chain((at) => onLine(([name], others) => [name, others.filter(([other]) => other === name)[at % others.length]?.[1] ?? ''])) },
);

/** One to three changes, one after the other. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(mutation, { minLength: 1, maxLength: 3 });
