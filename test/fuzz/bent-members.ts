/** Members of JOSE headers and claims, bent by someone who can sign: and a model of which of them are good. */

import * as fc from 'fast-check';
import type { PublicJwk } from '../../src/protocol/jwk.ts';
import type { Api } from '../support/api.ts';
import { referenceForm } from './rfc3986.ts';

export type Members = Record<string, unknown>;

/** A value that JSON can carry, mostly of a wrong type. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e21, '', 'x', [], {}, ['x'], [1], { a: 1 }, 'x'.repeat(300), '\u0000', '\ud800', 'é'),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Some members to replace; undefined leaves one out. */
function bend(pools: Readonly<Record<string, readonly unknown[]>>): fc.Arbitrary<Members> {
  const one = fc.constantFrom(...Object.keys(pools)).chain((name) =>
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(undefined, ...pools[name]!) }, { weight: 1, arbitrary: anyValue }).map((value): [string, unknown] => [name, value]),
  );
  const unknown = fc.tuple(fc.constantFrom('x', 'kid', 'jku', 'x5u', 'cty', '__proto__', 'constructor', 'toJSON', 'acr', 'may_act'), anyValue);
  return fc.array(fc.oneof({ weight: 4, arbitrary: one }, { weight: 1, arbitrary: unknown }), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
}

const htus = [
  'https://api.example.com/orders', 'HTTPS://API.EXAMPLE.COM:443/orders?x#y', 'https://api.example.com/a/../orders', 'https://api.example.com/%6Frders',
  'https://api.example.com/orders/', 'https://api.example.com/Orders', 'http://api.example.com/orders', 'https://api.example.com:8443/orders', '/orders',
  'https://a@api.example.com/orders', 'https://api.example.com//orders', 'https://api.example.com/%2Forders', 'https://api%2Eexample.com/orders', 'https://api.exa%C2%ADmple.com/orders',
];

export const proofMembers = ({ alice, thief, clock: { nowSeconds } }: Pick<Api, 'alice' | 'thief' | 'clock'>) => ({
  header: bend({
    typ: ['dpop+jwt', 'DPoP+jwt', 'JWT', 'at+jwt', 'application/dpop+jwt'],
    alg: ['ES256', 'none', 'HS256', 'EdDSA', 'Ed25519', 'RS256', 'ES384', 'es256'],
    jwk: [alice.publicJwk, thief.publicJwk, { ...alice.publicJwk, d: 'x' }, { ...alice.publicJwk, kid: 'x' }, { ...alice.publicJwk, y: 'A'.repeat(43) }, { ...alice.publicJwk, crv: 'P-384' }, { kty: 'oct', k: 'AAAA' }],
    crit: [[], ['exp'], ['b64']],
    b64: [true, false],
  }),
  claims: bend({
    jti: ['x'.repeat(256), 'x'.repeat(257), '\u0000', 'a'],
    htm: ['GET', 'get', 'POST', 'GET '],
    htu: htus,
    iat: [nowSeconds, nowSeconds - 70, nowSeconds - 71, nowSeconds + 10, nowSeconds + 11, nowSeconds - 70.5, String(nowSeconds), -1, 1e308],
    exp: [nowSeconds - 10, nowSeconds - 9, nowSeconds + 60, 1e308, String(nowSeconds + 60)], nbf: [nowSeconds + 10, nowSeconds + 11, 0, -1],
    ath: ['x', ''],
    nonce: ['', 'x'],
  }),
});

const isText = (value: unknown): value is string => typeof value === 'string';
const isFilled = (value: unknown) => isText(value) && value !== '';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isAbsentOr = (fits: (value: unknown) => boolean) => (value: unknown) => value === undefined || fits(value);

/** Whether a proof that Alice signed for GET /orders is good: RFC 9449 §4.3, by default terms, nonces off. */
export function isGoodProof(header: Members, claims: Members, { alice, clock: { nowSeconds }, ath }: Pick<Api, 'alice' | 'clock'> & { readonly ath: string }): boolean {
  const { jti, htm, htu, iat, exp, nbf } = claims;
  return (
    header.typ === 'dpop+jwt' && header.alg === 'ES256' && isKeyOf(header.jwk, alice.publicJwk) && !('crit' in header) && !('b64' in header) &&
    isText(jti) && jti.length >= 1 && jti.length <= 256 && htm === 'GET' && claims.ath === ath && isAbsentOr(isText)(claims.nonce) &&
    isText(htu) && referenceForm(htu) === 'https://api.example.com/orders' && isNumber(iat) && iat >= nowSeconds - 70 && iat <= nowSeconds + 10 &&
    isAbsentOr((value) => isNumber(value) && value > nowSeconds - 10)(exp) && isAbsentOr((value) => isNumber(value) && value <= nowSeconds + 10)(nbf)
  );
}

function isKeyOf(jwk: unknown, key: PublicJwk): boolean {
  if (typeof jwk !== 'object' || jwk === null) return false;
  const members = jwk as Members;
  const isSecret = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'].some((name) => name in members);
  return !isSecret && Object.entries(key).every(([name, value]) => members[name] === value);
}

export const tokenMembers = ({ alice, thief, clock: { nowSeconds } }: Pick<Api, 'alice' | 'thief' | 'clock'>) => ({
  header: bend({
    typ: ['at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT', 'id+jwt', 'dpop+jwt'],
    kid: ['key-1', 'key-2', ''],
    jwk: [alice.publicJwk, thief.publicJwk],
  }),
  claims: bend({
    iss: ['https://login.example.com', 'https://login.example.com/', 'https://evil.example', ['https://login.example.com']],
    aud: ['https://api.example.com', ['https://api.example.com'], ['x', 'https://api.example.com'], [], ['https://api.example.com', 1], 'https://other.example'],
    sub: ['bob', 1], client_id: ['x', {}], jti: ['x', 7], sid: ['s', 1], scope: ['', 'a b', ['a']],
    iat: [nowSeconds, 0, nowSeconds + 1e6], exp: [nowSeconds - 10, nowSeconds - 9, nowSeconds + 1, 1e308, String(nowSeconds + 300)], nbf: [nowSeconds + 10, nowSeconds + 11, 0],
    cnf: [{ jkt: alice.jkt }, { jkt: alice.jkt, jku: 'x', 'x5t#S256': 'y' }, { jkt: thief.jkt }, { jkt: `${alice.jkt}=` }, { jkt: [alice.jkt] }, { jwk: alice.publicJwk }, alice.jkt, [{ jkt: alice.jkt }]],
  }),
});

/** Whether a token that the issuer signed is good for Alice: RFC 9068 §2.2 and §4, RFC 9449 §6.1, by default terms. */
export function isGoodToken(header: Members, claims: Members, { alice, clock: { nowSeconds } }: Pick<Api, 'alice' | 'clock'>): boolean {
  const { aud, exp, nbf, cnf } = claims;
  const names = isText(aud) ? [aud] : Array.isArray(aud) ? (aud as unknown[]) : [];
  const isAtJwt = isText(header.typ) && /^(application\/)?at\+jwt$/i.test(header.typ);
  // Without a kid every key of the issuer is tried: there is one. A kid is a text (RFC 7515 §4.1.4).
  const isKnownKey = !('kid' in header) || header.kid === 'key-1';
  return (
    isAtJwt && isKnownKey && !('crit' in header) && claims.iss === 'https://login.example.com' &&
    names.length > 0 && names.every(isFilled) && names.includes('https://api.example.com') &&
    ['sub', 'client_id', 'jti'].every((name) => isFilled(claims[name])) && isNumber(claims.iat) && isAbsentOr(isFilled)(claims.sid) && isAbsentOr(isText)(claims.scope) &&
    isNumber(exp) && exp > nowSeconds - 10 && isAbsentOr(isNumber)(nbf) && (nbf === undefined || (nbf as number) <= nowSeconds + 10) &&
    typeof cnf === 'object' && cnf !== null && !Array.isArray(cnf) && (cnf as Members).jkt === alice.jkt
  );
}
