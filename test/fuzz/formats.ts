/** Properties of the wire formats: URIs, JOSE headers, base64url and challenges. */

import { assert } from 'chai';
import * as fc from 'fast-check';
import { decodeBase64url, encodeBase64url } from '../../src/protocol/base64url.ts';
import { formatChallenge, parseChallenges } from '../../src/protocol/challenge.ts';
import { parseJsonObject } from '../../src/protocol/json.ts';
import { parseProof, proofHeader, proofWriter } from '../../src/protocol/proof.ts';
import { normaliseTargetUri, targetUri } from '../../src/protocol/target-uri.ts';
import { meaningOfUrl } from './meaning.ts';
import { referenceForm, removeDotSegments } from './rfc3986.ts';

/** A property of a format. */
export interface FormatProperty {
  readonly name: string;
  readonly property: fc.IAsyncProperty<[unknown]> | fc.IProperty<[unknown]>;
}

const hexCase = (text: string, upper: boolean) => (upper ? text.toUpperCase() : text.toLowerCase());
const escapeOf = (character: string, upper: boolean) => `%${hexCase(character.charCodeAt(0).toString(16).padStart(2, '0'), upper)}`;

const unreserved = 'abzAZ09-._~'.split('');
const pathCharacter = fc.oneof(
  fc.constantFrom(...unreserved), fc.constantFrom(...unreserved, ...'/?#[]@:!$&\'()*+,;= "<>\\^`{|}\u0000\u007f'.split('')).chain((c) => fc.boolean().map((upper) => escapeOf(c, upper))),
  fc.constantFrom(...'!$&\'()*+,;=:@'.split('')), fc.constantFrom('%C3%A9', '%c3%a9', '.', '..', '%2e', '%2E%2e'),
);
const pathSegment = fc.oneof({ weight: 3, arbitrary: fc.array(pathCharacter, { maxLength: 4 }).map((all) => all.join('')) }, { weight: 1, arbitrary: fc.constantFrom('.', '..', '', '%2e', '.%2E', '%2e.', '...', '..a') });
const path = fc.array(pathSegment, { maxLength: 5 }).map((segments) => segments.map((text) => `/${text}`).join(''));
const host = fc.constantFrom('api.example.com', 'API.Example.com', 'a', 'a-b.example', '127.0.0.1', 'localhost', '%61pi.example.com', 'api.example.com.');
const port = fc.constantFrom('', ':', ':443', ':80', ':8443', ':00443', ':1');
const rest = fc.constantFrom('', '?', '#', '?a=b', '?a/../b', '#x?y', '?%zz', '?@');
const scheme = fc.constantFrom('https', 'http', 'HTTPS', 'hTTp');
const uri = fc.tuple(scheme, host, port, path, rest).map(([name, authority, number, segments, tail]) => `${name}://${authority}${number}${segments}${tail}`);

/** Other spellings of one URI: RFC 3986 §6.2.2.1, §6.2.2.2, §6.2.2.3, §6.2.3. */
const respelling = fc.constantFrom<(text: string) => string>(
  (text) => text.replace(/^[^:]*/, (name) => name.toUpperCase()),
  (text) => text.replace(/(?<=:\/\/)[^/?#]*/, (authority) => authority.replace(/%[\da-f]{2}|[a-z]/gi, (part) => part.toUpperCase())),
  (text) => text.replace(/%[\da-f]{2}/gi, (escape) => escape.toLowerCase()),
  (text) => text.replace(/^([^:]*:\/\/[^/?#]*\/)([^?#]*)/, (_, start: string, tail: string) => start + tail.replace(/%..|[A-Za-z\d._~-]/g, (part) => (part.startsWith('%') ? part : escapeOf(part, true)))),
  (text) => text.replace(/^([^:]*:\/\/[^/?#]*)(\/[^?#]*)/, '$1/x/..$2'),
  (text) => text.replace(/^([^:]*:\/\/[^/?#]*)(\/[^?#]*)/, '$1/.$2'),
  (text) => text.replace(/^([^:]*:\/\/[^/?#]*)(\/[^?#]*)/, '$1/..$2'),
  (text) => text.replace(/^(https:\/\/[^/?#:]*):?(?=[/?#]|$)/i, '$1:443'),
  (text) => text.replace(/^(https?:\/\/[^/?#:]*)(?=[/?#]|$)/i, '$1:'),
  (text) => text.replace(/^([^:]*:\/\/[^/?#]*)(?=[?#]|$)/, '$1/'),
  (text) => text.replace(/[?#].*$/, ''),
  (text) => `${text.replace(/[?#].*$/, '')}?other=1#part`,
);

/** Changes of a URI that make another of it. */
const alteration = fc.constantFrom<(text: string) => string>(
  (text) => text.replace(/^([^?#]*)/, '$1/z'),
  (text) => text.replace(/(?<=:\/\/)/, 'z'),
  (text) => text.replace(/^https?/i, (name) => (/s$/i.test(name) ? 'http' : 'https')).replace(/(:\/\/[^/?#:]*):?\d*/, '$1:99'),
  (text) => text.replace(/^([^?#]*)/, '$1%2F'),
  (text) => text.replace(/^([^?#]*)/, '$1%2541'),
  (text) => text.replace(/(:\/\/[^/?#:]*)(:\d*)?/, '$1:65000'),
);

const token = fc.string({ unit: fc.constantFrom(...'abzAZ09-_!#$%&\'*+.^`|~'.split('')), minLength: 1, maxLength: 8 });
const challenge = fc.tuple(token, fc.dictionary(token.map((name) => name.toLowerCase()), fc.string({ unit: fc.constantFrom(...' !"\\,=;abAZ09-._~\tDPoP'.split('')), maxLength: 20 }), { maxKeys: 4 }));

// RFC 8037 appendix A.2.
const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;
const writeProof = proofWriter(proofHeader('Ed25519', jwk), async () => new ArrayBuffer(64));

export const formatProperties: readonly FormatProperty[] = [
  {
    name: 'URIs: the normal form is its own normal form (RFC 3986 §6.2.2)',
    property: fc.property(fc.oneof(uri, fc.webUrl(), fc.string()), (text) => {
      const form = normaliseTargetUri(text);
      if (form !== undefined) assert.equal(normaliseTargetUri(form), form);
    }),
  },
  {
    name: 'URIs: the normal form is the one that RFC 3986 §6.2.2, §6.2.3 and §5.2.4 give, letter by letter',
    property: fc.property(uri, (text) => assert.equal(normaliseTargetUri(text), referenceForm(text))),
  },
  {
    name: 'URIs: another spelling of a URI is the same one (RFC 3986 §6.2.2.1 to §6.2.2.3, §6.2.3)',
    property: fc.property(fc.tuple(uri, fc.array(respelling, { maxLength: 4 })), ([text, changes]) => {
      const other = changes.reduce((spelled, change) => change(spelled), text);
      assert.equal(normaliseTargetUri(other), normaliseTargetUri(text), other);
      assert.equal(meaningOfUrl(text, other), 'same', other);
    }),
  },
  {
    name: 'URIs: another scheme, host, port or path is another one (RFC 9449 §4.3 (9))',
    property: fc.property(fc.tuple(uri, alteration), ([text, change]) => {
      assert.notEqual(normaliseTargetUri(change(text)), normaliseTargetUri(text), change(text));
    }),
  },
  {
    name: 'URIs: no dot segment is left (RFC 3986 §5.2.4)',
    property: fc.property(path, (segments) => {
      const { pathname } = new URL(normaliseTargetUri(`https://a${segments}`)!);
      for (const part of pathname.split('/')) assert.notInclude(['.', '..'], part);
      assert.equal(removeDotSegments(removeDotSegments(segments)), removeDotSegments(segments));
    }),
  },
  {
    name: 'URIs: what the client writes as htu is what the server finds in the request (RFC 9449 §4.2)',
    property: fc.property(uri, (text) => assert.equal(normaliseTargetUri(targetUri(text)), normaliseTargetUri(new URL(text).href))),
  },
  {
    name: 'base64url: bytes come back, and one value has one spelling (RFC 7515 §2, RFC 4648 §3.5)',
    property: fc.property(fc.tuple(fc.uint8Array({ maxLength: 80 }), fc.string({ unit: fc.constantFrom(...'ABQZagwz019-_+/= '.split('')), maxLength: 12 })), ([bytes, text]) => {
      assert.deepEqual(decodeBase64url(encodeBase64url(bytes)), new Uint8Array(bytes));
      const decoded = decodeBase64url(text);
      if (decoded) assert.equal(encodeBase64url(decoded), text);
    }),
  },
  {
    name: 'JSON: an object is read as it is, and never with a name twice, at any depth (RFC 7519 §4)',
    property: fc.property(fc.tuple(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 }), fc.nat(), fc.jsonValue({ maxDepth: 1 })), ([members, at, value]) => {
      const text = JSON.stringify(members);
      assert.deepEqual(parseJsonObject(text), JSON.parse(text));
      const names = Object.keys(members);
      const name = names[at % names.length]!;
      const escaped = `"${name.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;
      const twice = text.replace(/\}$/, `,${escaped}:${JSON.stringify(value)}}`);
      assert.isUndefined(parseJsonObject(twice));
      assert.isUndefined(parseJsonObject(`{"x":[${twice}]}`));
    }),
  },
  {
    name: 'JOSE: whatever stands in header and claims, reading a proof never throws (RFC 9449 §4.3 (2))',
    property: fc.property(fc.oneof(fc.string(), fc.tuple(fc.jsonValue(), fc.jsonValue()).map((parts) => [...parts.map((part) => encodeBase64url(new TextEncoder().encode(JSON.stringify(part)))), 'AAAA'].join('.'))), (compact) => {
      assert.isUndefined(parseProof(compact, ['ES256', 'Ed25519', 'EdDSA']));
    }),
  },
  {
    name: 'JOSE: a proof that is written is read as it was (RFC 9449 §4.2)',
    property: fc.asyncProperty(fc.record({ jti: fc.uint8Array({ minLength: 18, maxLength: 18 }).map(encodeBase64url), htm: fc.string(), htu: fc.string(), iat: fc.nat(), ath: fc.string(), nonce: fc.string() }), async (claims) => {
      const { jti, ...request } = claims;
      const compact = await writeProof(request, jti);
      assert.deepInclude(parseProof(compact, ['Ed25519']), { alg: 'Ed25519', jwk, claims });
    }),
  },
  {
    name: 'JOSE: a jti has 1 to 256 characters (RFC 9449 §11.1)',
    property: fc.asyncProperty(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(0, 1, 255, 256, 257)), async (length) => {
      const segments = [{ typ: 'dpop+jwt', alg: 'Ed25519', jwk }, { jti: 'j'.repeat(length), htm: 'GET', htu: 'x', iat: 1 }];
      const compact = [...segments.map((segment) => encodeBase64url(new TextEncoder().encode(JSON.stringify(segment)))), 'AAAA'].join('.');
      assert.equal(parseProof(compact, ['Ed25519']) !== undefined, length >= 1 && length <= 256);
    }),
  },
  {
    name: 'WWW-Authenticate: challenges that are written are read as they were, alone and in one line (RFC 9110 §11.6.1)',
    property: fc.property(fc.array(challenge, { minLength: 1, maxLength: 4 }), (challenges) => {
      const line = challenges.map(([name, params]) => formatChallenge(name, params)).join(', ');
      const expected = challenges.map(([name, params]) => ({ scheme: name.toLowerCase(), params: { ...params } }));
      assert.deepEqual(parseChallenges(line).map(({ scheme: name, params }) => ({ scheme: name, params: { ...params } })), expected);
    }),
  },
  {
    name: 'WWW-Authenticate: whatever a server sends, reading it never throws and names no scheme that is not there (RFC 9110 §11.6.1)',
    property: fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'DPoP ,="\\\terror'.split('')) })), (line) => {
      for (const { scheme: name } of parseChallenges(line)) assert.include(line.toLowerCase(), name);
    }),
  },
];
