/** Lines 88 to 99: the access token. */

import { CompactEncrypt, CompactSign, UnsecuredJWT } from 'jose';
import { encodeBase64url } from '../../../src/protocol/base64url.ts';
import { utf8 } from '../../../src/protocol/bytes.ts';
import type { Api, SendParts } from '../../support/api.ts';
import { segment, signJws } from '../../support/proofs.ts';
import { encryptToken } from '../../support/tokens.ts';
import { proof, respelledToken, signedClaim, signedPayload, tampered, token, tokenHeader, tokenTime } from './bend.ts';
import { allow, badTokenSignature, deny, notForUs, type RequestRow } from './row.ts';

const tokenExpired = deny(7, 'token_expired');

/** A key that the issuer and this server share (JWE `dir`). */
const shared = crypto.getRandomValues(new Uint8Array(32));
const decryption = { keys: { keys: [{ kty: 'oct', k: encodeBase64url(shared) }] } };
const direct = { alg: 'dir', enc: 'A256GCM' };

interface Sealing {
  readonly header?: { alg: string; enc: string; [name: string]: unknown };
  readonly key?: Uint8Array;
  readonly change?: (jwe: string) => string;
}

/** A good token inside a JWE, and what is bent about that. */
const sealed = ({ header = direct, key = shared, change = (jwe) => jwe }: Sealing = {}) => async (api: Api): Promise<SendParts> => ({
  accessToken: change(await encryptToken(await api.issueToken(), { key, header })),
});

const segmentAt = (index: number, change: (segment: string) => string) => (jwe: string) =>
  jwe.split('.').map((part, at) => (at === index ? change(part) : part)).join('.');

/** A token that the thief signed, with something in its header that vouches for the thief's key. */
const selfSigned = (members: (thief: Api['thief']) => Record<string, unknown>) => async ({ issuer, thief, clock: { nowSeconds } }: Api): Promise<SendParts> => ({
  accessToken: await signJws({
    header: { typ: 'at+jwt', alg: 'ES256', ...members(thief) },
    payload: { iss: issuer.issuer, aud: issuer.audience, sub: 'admin', client_id: 'shop', jti: 't', iat: nowSeconds, exp: nowSeconds + 300, cnf: { jkt: thief.jkt } },
    signer: thief,
  }),
  proofParts: { key: thief },
});

export const accessToken: readonly RequestRow[] = [
  { line: 88, name: 'ath of another token', clause: 'RFC 9449 §4.3 (12)', send: async (api) => proof({ accessToken: await api.issueToken() }), verdict: deny(6, 'proof_token_mismatch') },
  { line: 88, name: 'ath with padding', clause: 'RFC 9449 §4.2', send: proof({ claims: { ath: `${'A'.repeat(43)}=` } }), verdict: deny(6, 'proof_token_mismatch') },
  { line: 88, name: 'the access token itself as ath', clause: 'RFC 9449 §4.2', send: async (api) => { const text = await api.issueToken(); return { accessToken: text, ...proof({ claims: { ath: text } }) }; }, verdict: deny(6, 'proof_token_mismatch') },
  { line: 89, name: 'a payload changed after it was signed', clause: 'RFC 7515 §5.2', send: async (api) => ({ accessToken: await tampered(api, { sub: 'admin' }) }), verdict: badTokenSignature },
  { line: 89, name: 'the signature of another token', clause: 'RFC 7515 §5.2', send: async (api) => { const other = await api.issueToken({ claims: { sub: 'bob' }, jkt: api.alice.jkt }); return respelledToken((p) => `${p.header}.${p.payload}.${other.split('.')[2]}`)(api); }, verdict: badTokenSignature },
  { line: 89, name: 'a signature of zeros', clause: 'RFC 7518 §3.4', send: respelledToken((p) => `${p.header}.${p.payload}.${'A'.repeat(86)}`), verdict: badTokenSignature },
  { line: 89, name: 'a signature with padding', clause: 'RFC 7515 §2', send: respelledToken((p) => `${p.header}.${p.payload}.${p.signature}==`), verdict: badTokenSignature },
  { line: 89, name: 'no signature', clause: 'RFC 7515 §5.2', send: respelledToken((p) => `${p.header}.${p.payload}.`), verdict: badTokenSignature },
  { line: 89, name: 'four segments', clause: 'RFC 7515 §7.1', send: respelledToken((p) => `${p.header}.${p.payload}.${p.signature}.A`), verdict: badTokenSignature },
  { line: 89, name: 'claims that name sub twice', clause: 'RFC 7519 §4', send: signedPayload((sound) => JSON.stringify(sound).replace('{', '{"sub":"admin",')), verdict: badTokenSignature },
  { line: 90, name: "cnf swapped for the thief's key", clause: 'RFC 9449 §6.1', send: async (api) => ({ accessToken: await tampered(api, { cnf: { jkt: api.thief.jkt } }), proofParts: { key: api.thief } }), verdict: badTokenSignature },
  { line: 91, name: 'a token with alg none', clause: 'RFC 8725 §3.1', send: ({ issuer, alice }) => ({ accessToken: new UnsecuredJWT({ iss: issuer.issuer, cnf: { jkt: alice.jkt } }).encode() }), verdict: badTokenSignature },
  { line: 91, name: 'a token with alg none and a signature', clause: 'RFC 8725 §3.1', send: respelledToken((p) => `${segment({ alg: 'none', typ: 'at+jwt' })}.${p.payload}.${p.signature}`), verdict: badTokenSignature },
  {
    line: 91, name: 'a token with HS256, keyed with the public key', clause: 'RFC 8725 §2.1', verdict: badTokenSignature,
    send: async ({ issuer }) => ({
      accessToken: await new CompactSign(utf8(JSON.stringify({ iss: issuer.issuer }))).setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(utf8(JSON.stringify(issuer.publicJwk).padEnd(32))),
    }),
  },
  { line: 91, name: "a token that the thief signed under the issuer's kid", clause: 'RFC 8725 §3.10', send: selfSigned(() => ({ kid: 'key-1' })), verdict: badTokenSignature },
  { line: 91, name: "a token that the thief signed, with the thief's jwk in its header", clause: 'RFC 8725 §3.10', send: selfSigned(({ publicJwk }) => ({ jwk: publicJwk })), verdict: badTokenSignature },
  { line: 91, name: 'a token that the thief signed, with a jku in its header', clause: 'RFC 8725 §3.10', send: selfSigned(() => ({ jku: 'https://evil.example/jwks', kid: 'key-1' })), verdict: badTokenSignature },
  { line: 91, name: 'a token whose kid is a path', clause: 'RFC 8725 §3.10', send: selfSigned(() => ({ kid: '../../dev/null' })), verdict: badTokenSignature },
  ...[1, null, {}].map((kid): RequestRow => ({ line: 91, name: `a token that the thief signed, with kid ${JSON.stringify(kid)}`, clause: 'RFC 7515 §4.1.4', send: selfSigned(() => ({ kid })), verdict: badTokenSignature })),
  { line: 91, name: 'a token that is no JWT', clause: 'RFC 9068 §4', send: { accessToken: 'opaque' }, verdict: badTokenSignature },
  { line: 91, name: 'the proof of another request as the token', clause: 'RFC 8725 §3.12', send: async (api) => ({ accessToken: await api.prove({ claims: { iss: api.issuer.issuer } }) }), verdict: badTokenSignature },
  { line: 91, name: 'a token of an unknown key', clause: 'RFC 7515 §4.1.4', send: tokenHeader({ kid: 'key-2' }), verdict: badTokenSignature },
  { line: 91, name: 'a token with crit', clause: 'RFC 7515 §4.1.11', send: tokenHeader({ crit: ['b64'], b64: true }), verdict: badTokenSignature },
  { line: 92, name: 'another issuer', clause: 'RFC 9068 §4', send: token({ iss: 'https://evil.example' }), verdict: notForUs },
  { line: 92, name: 'the issuer with a slash', clause: 'RFC 9068 §4', send: token({ iss: 'https://login.example.com/' }), verdict: notForUs },
  { line: 92, name: 'the issuer in capitals', clause: 'RFC 9068 §4', send: token({ iss: 'https://LOGIN.example.com' }), verdict: notForUs },
  { line: 92, name: 'no issuer', clause: 'RFC 9068 §2.2', send: token({ iss: undefined }), verdict: notForUs },
  ...[['https://login.example.com'], {}, 1].map((iss): RequestRow => ({ line: 92, name: `iss ${JSON.stringify(iss)}`, clause: 'RFC 7519 §4.1.1', send: signedClaim('iss', iss), verdict: notForUs })),
  { line: 93, name: 'another audience', clause: 'RFC 9068 §4', send: token({ aud: 'https://other.example' }), verdict: notForUs },
  { line: 93, name: 'an audience that begins like ours', clause: 'RFC 9068 §4', send: token({ aud: 'https://api.example.com/orders' }), verdict: notForUs },
  { line: 93, name: 'no audience', clause: 'RFC 9068 §2.2', send: token({ aud: undefined }), verdict: notForUs },
  { line: 93, name: 'an empty list of audiences', clause: 'RFC 7519 §4.1.3', send: token({ aud: [] }), verdict: notForUs },
  { line: 93, name: 'a list of audiences with a number in it', clause: 'RFC 7519 §4.1.3', send: token({ aud: ['https://api.example.com', 1] }), verdict: notForUs },
  { line: 93, name: 'several audiences, one of them ours', clause: 'RFC 7519 §4.1.3', send: token({ aud: ['https://other.example', 'https://api.example.com'] }), verdict: allow },
  ...['JWT', 'id+jwt', 'dpop+jwt', 'logout+jwt', 'application/application/at+jwt', undefined, 1].map((typ): RequestRow => ({
    line: 94, name: `a token with typ ${JSON.stringify(typ) ?? 'missing'}`, clause: 'RFC 9068 §4', send: tokenHeader({ typ }), verdict: notForUs,
  })),
  ...['application/at+jwt', 'AT+JWT', 'Application/AT+jwt'].map((typ): RequestRow => ({ line: 94, name: `a token with typ ${typ}`, clause: 'RFC 9068 §4', send: tokenHeader({ typ }), verdict: allow })),
  { line: 95, name: 'a token that expired eleven seconds ago', clause: 'RFC 9068 §4', send: tokenTime('exp', -11), verdict: tokenExpired },
  { line: 95, name: 'a token at the end of the tolerance', clause: 'RFC 7519 §4.1.4', send: tokenTime('exp', -10), verdict: tokenExpired },
  { line: 95, name: 'a token in the last second of the tolerance', clause: 'RFC 7519 §4.1.4', send: tokenTime('exp', -9), verdict: allow },
  { line: 95, name: "an expired token with the thief's key", clause: 'RFC 9068 §4', send: (api) => ({ ...tokenTime('exp', -3600)(api), proofParts: { key: api.thief } }), verdict: tokenExpired },
  { line: 96, name: 'a token not yet valid', clause: 'RFC 7519 §4.1.5', send: tokenTime('nbf', 11), verdict: deny(7, 'token_not_yet_valid') },
  { line: 96, name: 'a token that begins within the tolerance', clause: 'RFC 7519 §4.1.5', send: tokenTime('nbf', 10), verdict: allow },
  ...['exp', 'sub', 'client_id', 'iat', 'jti'].map((name): RequestRow => ({ line: 97, name: `a token without ${name}`, clause: 'RFC 9068 §2.2', send: token({ [name]: undefined }), verdict: notForUs })),
  ...Object.entries({ exp: null, sub: 1, client_id: {}, iat: true, jti: 7, nbf: {}, scope: ['read'], sid: 1 }).map(([name, value]): RequestRow => ({
    line: 97, name: `a token with ${name} ${JSON.stringify(value)}`, clause: 'RFC 9068 §2.2', send: signedClaim(name, value), verdict: notForUs,
  })),
  { line: 97, name: 'a token with exp as a text', clause: 'RFC 7519 §2', send: signedClaim('exp', '4000000000'), verdict: notForUs },
  { line: 97, name: 'a token with an exp beyond all numbers', clause: 'RFC 8259 §6', send: signedPayload((sound) => JSON.stringify(sound).replace(/"exp":\d+/, '"exp":1e999')), verdict: notForUs },
  { line: 98, name: 'an encrypted token', clause: 'RFC 9068 §4', options: { decryption }, send: sealed(), verdict: allow },
  { line: 98, name: 'an encrypted token under another key', clause: 'RFC 7516 §5.2', options: { decryption }, send: sealed({ key: crypto.getRandomValues(new Uint8Array(32)) }), verdict: badTokenSignature },
  { line: 98, name: 'an encrypted token where there is no key for any', clause: 'RFC 9068 §4', send: sealed(), verdict: badTokenSignature },
  { line: 98, name: 'an encrypted token with an algorithm off the list', clause: 'RFC 8725 §3.1', options: { decryption }, send: sealed({ header: { alg: 'A256GCMKW', enc: 'A256GCM' } }), verdict: badTokenSignature },
  { line: 98, name: 'an encrypted token with a password', clause: 'RFC 8725 §3.1', options: { decryption }, send: sealed({ header: { alg: 'PBES2-HS256+A128KW', enc: 'A256GCM' } }), verdict: badTokenSignature },
  { line: 98, name: 'an encrypted token that is compressed', clause: 'RFC 8725 §3.6', options: { decryption }, send: sealed({ header: { ...direct, zip: 'DEF' } }), verdict: badTokenSignature },
  { line: 98, name: 'an encrypted token with its tag changed', clause: 'RFC 7516 §5.2', options: { decryption }, send: sealed({ change: segmentAt(4, (tag) => `${tag.startsWith('A') ? 'B' : 'A'}${tag.slice(1)}`) }), verdict: badTokenSignature },
  { line: 98, name: 'an encrypted token with its tag cut to 32 bits', clause: 'RFC 7518 §5.3', options: { decryption }, send: sealed({ change: segmentAt(4, (tag) => `${tag.slice(0, 5)}A`) }), verdict: badTokenSignature },
  { line: 98, name: 'an encrypted token without its tag', clause: 'RFC 7518 §5.3', options: { decryption }, send: sealed({ change: segmentAt(4, () => '') }), verdict: badTokenSignature },
  { line: 98, name: 'an encrypted token with its text changed', clause: 'RFC 7516 §5.2', options: { decryption }, send: sealed({ change: segmentAt(3, (text) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`) }), verdict: badTokenSignature },
  { line: 98, name: 'an encrypted token with another header', clause: 'RFC 7516 §5.2', options: { decryption }, send: sealed({ change: segmentAt(0, () => segment({ ...direct, cty: 'jwt' })) }), verdict: badTokenSignature },
  { line: 98, name: 'an encrypted token with crit', clause: 'RFC 7516 §4.1.13', options: { decryption }, send: async (api) => ({ accessToken: await new CompactEncrypt(utf8(await api.issueToken())).setProtectedHeader({ ...direct, crit: ['x'], x: 1 }).encrypt(shared, { crit: { x: true } }) }), verdict: badTokenSignature },
  { line: 98, name: 'an unsigned token inside a JWE', clause: 'RFC 8725 §3.1', options: { decryption }, send: async ({ issuer, alice }) => ({ accessToken: await encryptToken(new UnsecuredJWT({ iss: issuer.issuer, cnf: { jkt: alice.jkt } }).encode(), { key: shared, header: direct }) }), verdict: badTokenSignature },
  { line: 98, name: 'a JWE inside a JWE', clause: 'RFC 9068 §4', options: { decryption }, send: async (api) => { const inner = (await sealed()(api)).accessToken!; return { accessToken: await encryptToken(inner, { key: shared, header: direct }) }; }, verdict: badTokenSignature },
  { line: 98, name: 'an expired encrypted token with its key', clause: 'RFC 9068 §4', options: { decryption }, send: sealedExpired(false), verdict: tokenExpired },
  { line: 98, name: "an expired encrypted token with the thief's key: nothing of its times is told", clause: 'RFC 9068 §4', options: { decryption }, send: sealedExpired(true), verdict: deny(8, 'proof_key_not_bound_to_token') },
  { line: 99, name: 'a signed token where encryption is required', clause: 'RFC 9068 §4', options: { decryption: { ...decryption, required: true } }, send: {}, verdict: notForUs },
];

function sealedExpired(isThief: boolean) {
  return async (api: Api): Promise<SendParts> => {
    const inner = await api.issueToken({ jkt: api.alice.jkt, claims: { exp: api.clock.nowSeconds - 3600 } });
    return { accessToken: await encryptToken(inner, { key: shared, header: direct }), ...(isThief && { proofParts: { key: api.thief } }) };
  };
}
