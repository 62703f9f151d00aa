/** Lines 21 to 54: the shape of the proof. */

import { digest } from '../../../src/crypto/web.ts';
import { thumbprint } from '../../../src/protocol/thumbprint.ts';
import type { Api, SendParts } from '../../support/api.ts';
import { segment, signJws } from '../../support/proofs.ts';
import { claims, header, proof, respelled, segmentsOf } from './bend.ts';
import { allow, malformedProof, type RequestRow } from './row.ts';

const verdict = malformedProof;
const show = (value: unknown) => JSON.stringify(value)?.slice(0, 24) ?? 'missing';

/** A proof signed by Alice over a header and a payload that are given as they stand. */
const signedTexts = (parts: { header?: (text: string) => string; payload?: (text: string) => string }) => ({ alice, clock }: Api): SendParts => ({
  proof: async () => {
    const head = JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: alice.publicJwk });
    const payload = JSON.stringify({ jti: 'a', htm: 'GET', htu: 'https://api.example.com/orders', iat: clock.nowSeconds, ath: 'x' });
    return signJws({ header: parts.header?.(head) ?? head, payload: parts.payload?.(payload) ?? payload, signer: alice });
  },
});

const rsaKey = (bytes: number, e = 'AQAB') => ({ kty: 'RSA', n: segment(`\u007f${'A'.repeat(bytes - 1)}`), e });

const neutral = `AQ${'A'.repeat(41)}`;

/** A proof by a key of small order, to which the token is bound. The signature (the neutral point, and 0) needs no private key. */
const bySmallOrder = (x: string) => async (api: Api): Promise<SendParts> => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x } as const;
  const signature = neutral + 'A'.repeat(43);
  const forge = async (accessToken: string) => {
    const { header: head, payload } = segmentsOf(await api.prove({ accessToken, header: { alg: 'Ed25519', jwk } }));
    return `${head}.${payload}.${signature}`;
  };
  return { accessToken: await api.issueToken({ jkt: await thumbprint(jwk, digest) }), proof: forge };
};

export const proofShape: readonly RequestRow[] = [
  { line: 21, name: 'not a JWT', clause: 'RFC 9449 §4.3 (2)', send: { proof: 'proof' }, verdict },
  { line: 21, name: 'the access token in place of the proof', clause: 'RFC 9449 §11.5', send: { proof: (accessToken) => accessToken }, verdict },
  { line: 22, name: 'two segments', clause: 'RFC 9449 §4.3 (2)', send: respelled((p) => `${p.header}.${p.payload}`), verdict },
  { line: 22, name: 'an empty signature', clause: 'RFC 9449 §4.3 (2)', send: respelled((p) => `${p.header}.${p.payload}.`), verdict },
  { line: 22, name: 'an empty header', clause: 'RFC 9449 §4.3 (2)', send: respelled((p) => `.${p.payload}.${p.signature}`), verdict },
  { line: 22, name: 'a detached payload', clause: 'RFC 7515 appendix F', send: respelled((p) => `${p.header}..${p.signature}`), verdict },
  { line: 23, name: 'five segments, as a JWE', clause: 'RFC 9449 §4.3 (2)', send: respelled((p) => `${p.header}.${p.payload}.${p.signature}.a.b`), verdict },
  { line: 23, name: 'the JSON serialisation', clause: 'RFC 9449 §4.2', send: respelled((p) => JSON.stringify({ protected: p.header }).replaceAll(',', '')), verdict },
  { line: 24, name: 'a foreign character', clause: 'RFC 7515 §2', send: respelled((p) => `${p.header}.${p.payload}.${p.signature}!`), verdict },
  { line: 24, name: 'padding', clause: 'RFC 7515 §2', send: respelled((p) => `${p.header}.${p.payload}.${p.signature}==`), verdict },
  { line: 24, name: 'the base64 alphabet', clause: 'RFC 7515 §2', send: respelled((p) => `${p.header}.${p.payload}.+/${p.signature.slice(2)}`), verdict },
  { line: 24, name: 'bits left over', clause: 'RFC 4648 §3.5', send: respelled((p) => `${p.header}.${p.payload}.${p.signature.slice(0, -1)}${String.fromCharCode(p.signature.charCodeAt(p.signature.length - 1) + 1)}`), verdict },
  { line: 24, name: 'an impossible length', clause: 'RFC 7515 §2', send: respelled((p) => `${p.header}.${p.payload}.AAAAA`), verdict },
  { line: 24, name: 'bytes that are no UTF-8', clause: 'RFC 7519 §7.2', send: respelled((p) => `_w.${p.payload}.${p.signature}`), verdict },
  { line: 24, name: 'a byte order mark before the claims', clause: 'RFC 8259 §8.1', send: signedTexts({ payload: (text) => `\ufeff${text}` }), verdict },
  ...['[]', '"text"', 'null', '1', '{', ''].map((payload): RequestRow => ({
    line: 25, name: `the payload ${payload || 'of no byte'}`, clause: 'RFC 7519 §7.2', send: signedTexts({ payload: () => payload }), verdict,
  })),
  ...['"jti":"b"', '"\\u006ati":"b"', '"x":{"a":1,"a":2}'].map((member): RequestRow => ({
    line: 25, name: `claims that name a member twice: ${member}`, clause: 'RFC 7519 §4', send: signedTexts({ payload: (text) => text.replace('{', `{${member},`) }), verdict,
  })),
  { line: 25, name: 'a header that names alg twice', clause: 'RFC 7515 §4', send: signedTexts({ header: (text) => text.replace('{', '{"alg":"none",') }), verdict },
  { line: 25, name: 'claims nested two thousand deep', clause: 'RFC 8259 §9', send: signedTexts({ payload: (text) => text.replace('{', `{"x":${'['.repeat(2000)}${']'.repeat(1999)},`) }), verdict },
  ...[undefined, null, 1, ['dpop+jwt']].map((typ): RequestRow => ({ line: 26, name: `typ ${show(typ)}`, clause: 'RFC 9449 §4.3 (4)', send: header({ typ }), verdict })),
  ...['JWT', ''].map((typ): RequestRow => ({ line: 27, name: `typ ${show(typ)}`, clause: 'RFC 9449 §4.3 (4)', send: header({ typ }), verdict })),
  ...['at+jwt', 'dpop+at', 'dpop', 'dpop+jwt '].map((typ): RequestRow => ({ line: 28, name: `typ ${show(typ)}`, clause: 'RFC 9449 §4.3 (4)', send: header({ typ }), verdict })),
  { line: 29, name: 'alg missing', clause: 'RFC 9449 §4.3 (5)', send: header({ alg: undefined }), verdict },
  ...['none', 'None', 'NONE'].map((alg): RequestRow => ({ line: 30, name: `alg ${show(alg)}`, clause: 'RFC 9449 §4.3 (5)', send: header({ alg }), verdict })),
  { line: 30, name: 'alg none and no signature', clause: 'RFC 9449 §4.3 (5)', send: respelled((p) => `${segment({ typ: 'dpop+jwt', alg: 'none' })}.${p.payload}.`), verdict },
  ...['HS256', 'HS512', 'dir'].map((alg): RequestRow => ({ line: 31, name: `alg ${show(alg)}`, clause: 'RFC 9449 §4.3 (5), §11.6', send: header({ alg }), verdict })),
  ...[7, null, ['ES256'], { name: 'ES256' }].map((alg): RequestRow => ({ line: 32, name: `alg ${show(alg)}`, clause: 'RFC 7515 §4.1.1', send: header({ alg }), verdict })),
  ...['RS256', 'ES384', 'ES256K', 'es256', '', '__proto__', 'constructor'].map((alg): RequestRow => ({
    line: 33, name: `alg ${show(alg)}`, clause: 'RFC 9449 §4.3 (5)', send: header({ alg }), verdict,
  })),
  { line: 33, name: 'ES256, where the server takes Ed25519 only', clause: 'RFC 9449 §4.3 (5)', options: { proofAlgorithms: ['Ed25519'] }, send: {}, verdict },
  { line: 34, name: 'jwk missing', clause: 'RFC 9449 §4.2', send: header({ jwk: undefined }), verdict },
  { line: 34, name: 'a kid in place of the jwk', clause: 'RFC 9449 §4.2', send: header({ jwk: undefined, kid: 'key-1' }), verdict },
  ...[null, 'key', [], {}, 1, true].map((jwk): RequestRow => ({ line: 35, name: `jwk ${show(jwk)}`, clause: 'RFC 9449 §4.2', send: header({ jwk }), verdict })),
  {
    line: 36, name: 'a private jwk', clause: 'RFC 9449 §4.3 (7)', verdict,
    send: async ({ alice }) => header({ jwk: await crypto.subtle.exportKey('jwk', alice.privateKey) }),
  },
  ...['d', 'p', 'k', 'oth', 'priv'].map((name): RequestRow => ({
    line: 36, name: `a public jwk with ${name} null`, clause: 'RFC 9449 §4.3 (7)', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, [name]: null } }), verdict,
  })),
  { line: 37, name: 'a symmetric jwk', clause: 'RFC 9449 §4.3 (7)', send: header({ jwk: { kty: 'oct', k: 'AAAA' } }), verdict },
  { line: 37, name: 'a symmetric jwk and HS256', clause: 'RFC 9449 §4.3 (5), (7)', send: header({ alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } }), verdict },
  { line: 38, name: 'an RSA key under ES256', clause: 'RFC 7518 §3.1', send: header({ jwk: rsaKey(256) }), verdict },
  { line: 38, name: 'an EC key under Ed25519', clause: 'RFC 9864 §2.2', send: header({ alg: 'Ed25519' }), verdict },
  { line: 38, name: 'an EC key under EdDSA', clause: 'RFC 8037 §3.1', send: header({ alg: 'EdDSA' }), verdict },
  { line: 38, name: 'kty in small letters', clause: 'RFC 7517 §4.1', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, kty: 'ec' } }), verdict },
  { line: 39, name: 'an X25519 key', clause: 'RFC 8037 §3.2', send: header({ alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) } }), verdict },
  { line: 39, name: 'an Ed448 key', clause: 'RFC 8037 §3.1', send: header({ alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed448', x: 'A'.repeat(76) } }), verdict },
  { line: 39, name: 'a P-384 key', clause: 'RFC 7518 §3.4', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, crv: 'P-384' } }), verdict },
  { line: 39, name: 'a secp256k1 key', clause: 'RFC 7518 §3.4', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, crv: 'secp256k1' } }), verdict },
  { line: 39, name: 'a coordinate too short', clause: 'RFC 7518 §6.2.1.2', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, x: 'AAAA' } }), verdict },
  { line: 39, name: 'a coordinate as a number', clause: 'RFC 7518 §6.2.1.2', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, x: 1 } }), verdict },
  { line: 39, name: 'a coordinate with padding', clause: 'RFC 7518 §6.2.1.2', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, ...('x' in alice.publicJwk && { x: `${alice.publicJwk.x}=` }) } }), verdict },
  { line: 39, name: 'y missing', clause: 'RFC 7518 §6.2.1.3', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, y: undefined } }), verdict },
  { line: 39, name: 'an Ed25519 key of order one, whose one signature fits every message', clause: 'RFC 8032 §5.1.7', send: bySmallOrder(neutral), verdict },
  { line: 39, name: 'the same point, spelled p + 1', clause: 'RFC 8032 §5.1.3', send: bySmallOrder(`7v${'_'.repeat(39)}38`), verdict },
  { line: 40, name: 'an RSA key of 1024 bits', clause: 'RFC 7518 §3.3', options: { proofAlgorithms: ['RS256'] }, send: header({ alg: 'RS256', jwk: rsaKey(128) }), verdict },
  { line: 40, name: 'an RSA key of 2047 bits', clause: 'RFC 7518 §3.3', options: { proofAlgorithms: ['RS256'] }, send: header({ alg: 'RS256', jwk: rsaKey(256) }), verdict },
  { line: 40, name: 'an RSA key of 16384 bits', clause: 'RFC 8725 §3.5', options: { proofAlgorithms: ['RS256'] }, send: header({ alg: 'RS256', jwk: rsaKey(2048) }), verdict },
  ...['_wAAAAAB', 'AQ', 'Ag', 'AAEAAQ', ''].map((e): RequestRow => ({
    line: 40, name: `an RSA key with the exponent ${e || 'left out'}`, clause: 'RFC 8725 §3.5', options: { proofAlgorithms: ['RS256'] }, send: header({ alg: 'RS256', jwk: rsaKey(257, e) }), verdict,
  })),
  { line: 41, name: 'crit with an unknown extension', clause: 'RFC 7515 §4.1.11', send: header({ crit: ['exp'], exp: 1 }), verdict },
  ...[[], null, 'b64', ['alg']].map((crit): RequestRow => ({ line: 41, name: `crit ${show(crit)}`, clause: 'RFC 7515 §4.1.11', send: header({ crit }), verdict })),
  { line: 42, name: 'b64 false', clause: 'RFC 7797 §7', send: header({ crit: ['b64'], b64: false }), verdict },
  { line: 42, name: 'b64 false without crit', clause: 'RFC 7797 §6', send: header({ b64: false }), verdict },
  { line: 43, name: 'jku, x5u, x5c and kid', clause: 'RFC 9449 §4.2', send: header({ jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x5u', x5c: ['AAAA'], kid: 'other' }), verdict: allow },
  { line: 44, name: 'jti missing', clause: 'RFC 9449 §4.2', send: claims({ jti: undefined }), verdict },
  ...[1, 123, {}, null, true, ['a']].map((jti): RequestRow => ({ line: 45, name: `jti ${show(jti)}`, clause: 'RFC 7519 §4.1.7', send: claims({ jti }), verdict })),
  { line: 46, name: 'an empty jti', clause: 'RFC 9449 §4.2', send: claims({ jti: '' }), verdict },
  { line: 46, name: 'a jti of 257 characters', clause: 'RFC 9449 §11.1', send: claims({ jti: 'x'.repeat(257) }), verdict },
  { line: 46, name: 'a jti of 5000 characters', clause: 'RFC 9449 §11.1', send: claims({ jti: 'x'.repeat(5000) }), verdict },
  { line: 46, name: 'a jti of 256 characters', clause: 'RFC 9449 §11.1', send: claims({ jti: 'x'.repeat(256) }), verdict: allow },
  { line: 46, name: 'a jti of characters that no header could carry', clause: 'RFC 7519 §4.1.7', send: claims({ jti: '\u0000\n\ud800é' }), verdict: allow },
  ...([[47, 'htm'], [48, 'htu'], [49, 'iat']] as const).flatMap(([line, name]) => [undefined, null, {}, true, []].map((value): RequestRow => ({
    line, name: `${name} ${show(value)}`, clause: 'RFC 9449 §4.2', send: claims({ [name]: value }), verdict,
  }))),
  { line: 50, name: 'iat as a text', clause: 'RFC 7519 §2', send: ({ clock }) => claims({ iat: String(clock.nowSeconds) }), verdict },
  ...(['exp', 'nbf'] as const).flatMap((name) => ['1900000000', null, {}, []].map((value): RequestRow => ({
    line: 50, name: `${name} ${show(value)}`, clause: 'RFC 7519 §2', send: claims({ [name]: value }), verdict,
  }))),
  { line: 50, name: 'iat below zero', clause: 'RFC 7519 §2', send: claims({ iat: -1 }), verdict },
  { line: 50, name: 'iat beyond all numbers', clause: 'RFC 8259 §6', send: signedTexts({ payload: (text) => text.replace(/"iat":\d+/, '"iat":1e999') }), verdict },
  { line: 51, name: 'ath missing', clause: 'RFC 9449 §7', send: claims({ ath: undefined }), verdict },
  ...[1, null, {}].map((ath): RequestRow => ({ line: 52, name: `ath ${show(ath)}`, clause: 'RFC 9449 §4.2', send: claims({ ath }), verdict })),
  ...[1, null, []].map((nonce): RequestRow => ({ line: 53, name: `nonce ${show(nonce)}`, clause: 'RFC 9449 §4.2', send: claims({ nonce }), verdict })),
  { line: 54, name: 'unknown header members and claims', clause: 'RFC 9449 §4.2', send: proof({ header: { x: 1 }, claims: { y: [], sub: 1, aud: 'x' } }), verdict: allow },
];
