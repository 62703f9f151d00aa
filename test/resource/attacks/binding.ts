/** Lines 100 to 108: whose token it is. */

import { digest } from '../../../src/crypto/web.ts';
import { encodeBase64url } from '../../../src/protocol/base64url.ts';
import { thumbprint } from '../../../src/protocol/thumbprint.ts';
import { header, lines, proof, respelled, token, withKey } from './bend.ts';
import { allow, badProofSignature, deny, notBound, type RequestRow } from './row.ts';

const downgrade = deny(1, 'bearer_downgrade');
const boundAsBearer = deny(8, 'bearer_downgrade');
const takingBearer = { bearer: 'unbound-only' } as const;
const asBearer = lines(['Authorization', 'Bearer {token}']);

/** An ECDSA signature as ASN.1 (RFC 7518 §3.4 wants the two numbers bare). */
function asDer(signature: string): string {
  const raw = Uint8Array.from(atob(signature.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
  const integer = (bytes: Uint8Array) => [2, bytes[0]! > 127 ? 33 : 32, ...(bytes[0]! > 127 ? [0] : []), ...bytes];
  const both = [...integer(raw.subarray(0, 32)), ...integer(raw.subarray(32))];
  return encodeBase64url(new Uint8Array([48, both.length, ...both]));
}

export const binding: readonly RequestRow[] = [
  { line: 100, name: "a stolen token with the thief's key", clause: 'RFC 9449 §7.1', send: ({ thief }) => proof({ key: thief }), verdict: notBound },
  { line: 100, name: "a stolen token with the thief's key, which names Alice's kid", clause: 'RFC 9449 §7.1', send: ({ thief, alice }) => ({ proofParts: { key: thief, header: { kid: alice.jkt } } }), verdict: notBound },
  { line: 101, name: 'a stolen token as Bearer', clause: 'RFC 9449 §7.2', send: asBearer, verdict: downgrade },
  { line: 101, name: 'a stolen token as Bearer, with its own good proof', clause: 'RFC 9449 §7.2', send: lines(['Authorization', 'Bearer {token}'], ['DPoP', '{proof}']), verdict: downgrade },
  { line: 101, name: 'a stolen token as Bearer, where Bearer is taken', clause: 'RFC 9449 §7.2', options: takingBearer, send: lines(['Authorization', 'bearer {token}']), verdict: boundAsBearer },
  { line: 101, name: 'a stolen token as Bearer with its own good proof, where Bearer is taken', clause: 'RFC 9449 §7.2', options: takingBearer, send: lines(['Authorization', 'Bearer {token}'], ['DPoP', '{proof}']), verdict: boundAsBearer },
  ...[null, 'jkt', [], {}, { jkt: 7 }, { 'x5t#S256': 'x' }].map((cnf): RequestRow => ({
    line: 101, name: `a token with cnf ${JSON.stringify(cnf)} as Bearer, where Bearer is taken`, clause: 'RFC 7800 §3.1', options: takingBearer, send: { ...token({ cnf }), ...asBearer }, verdict: boundAsBearer,
  })),
  { line: 101, name: 'an unbound token as Bearer, where Bearer is taken', clause: 'RFC 9449 §7.2', options: takingBearer, send: { ...token({ cnf: undefined }), ...asBearer }, verdict: allow },
  { line: 101, name: 'an unbound token as Bearer, where it is not', clause: 'RFC 9449 §7.2', send: { ...token({ cnf: undefined }), ...asBearer }, verdict: downgrade },
  { line: 102, name: 'an unbound token with a proof', clause: 'RFC 9449 §7.1', send: token({ cnf: undefined }), verdict: notBound },
  { line: 102, name: 'an unbound token with a proof, where Bearer is taken', clause: 'RFC 9449 §7.1', options: takingBearer, send: token({ cnf: undefined }), verdict: notBound },
  ...[null, 'jkt', [], {}, { jkt: null }, { jkt: 7 }, { jkt: ['x'] }, { jkt: '' }, { jwk: {} }].map((cnf): RequestRow => ({
    line: 103, name: `a token with cnf ${JSON.stringify(cnf)}`, clause: 'RFC 7800 §3.1', send: token({ cnf }), verdict: notBound,
  })),
  { line: 103, name: 'a token with the key itself in cnf', clause: 'RFC 9449 §6', send: ({ alice }) => token({ cnf: { jwk: alice.publicJwk } }), verdict: notBound },
  { line: 103, name: 'a token with the thumbprint beside cnf', clause: 'RFC 9449 §6.1', send: ({ alice }) => token({ cnf: undefined, jkt: alice.jkt }), verdict: notBound },
  { line: 103, name: 'a token with the thumbprint in padding', clause: 'RFC 9449 §6.1', send: ({ alice }) => token({ cnf: { jkt: `${alice.jkt}=` } }), verdict: notBound },
  { line: 104, name: 'a token bound to a certificate only', clause: 'RFC 8705 §3.1', send: token({ cnf: { 'x5t#S256': 'x' } }), verdict: notBound },
  { line: 105, name: 'extra members in the jwk', clause: 'RFC 7638 §3', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, kid: 'x', use: 'sig', alg: 'ES256', ext: true } }), verdict: allow },
  { line: 106, name: 'a flipped bit in the signature', clause: 'RFC 9449 §4.3 (6)', send: respelled((p) => `${p.header}.${p.payload}.${p.signature.startsWith('A') ? 'B' : 'A'}${p.signature.slice(1)}`), verdict: badProofSignature },
  { line: 106, name: 'a signature of one byte', clause: 'RFC 9449 §4.3 (6)', send: respelled((p) => `${p.header}.${p.payload}.AA`), verdict: badProofSignature },
  { line: 106, name: 'a signature of zeros', clause: 'RFC 7518 §3.4', send: respelled((p) => `${p.header}.${p.payload}.${'A'.repeat(86)}`), verdict: badProofSignature },
  { line: 106, name: 'a signature in ASN.1', clause: 'RFC 7518 §3.4', send: respelled((p) => `${p.header}.${p.payload}.${asDer(p.signature)}`), verdict: badProofSignature },
  { line: 106, name: 'a signature and one byte more', clause: 'RFC 7518 §3.4', send: respelled((p) => `${p.header}.${p.payload}.${p.signature.slice(0, -1)}${p.signature.at(-1)!.replace(/[AQgw]/, 'A')}A`), verdict: badProofSignature },
  { line: 107, name: "Alice's key shown, the thief's used", clause: 'RFC 9449 §4.3 (6)', send: ({ thief }) => proof({ signer: thief }), verdict: badProofSignature },
  { line: 107, name: 'a point off the curve', clause: 'RFC 7518 §6.2.1', send: ({ alice }) => header({ jwk: { ...alice.publicJwk, y: 'A'.repeat(43) } }), verdict: notBound },
  {
    line: 107, name: 'a point off the curve that the token is bound to', clause: 'RFC 7518 §6.2.1', verdict: badProofSignature,
    send: async ({ alice }) => {
      const jwk = { ...alice.publicJwk, y: 'A'.repeat(43) };
      return { token: { jkt: await thumbprint(jwk, digest) }, ...header({ jwk }) };
    },
  },
  { line: 108, name: 'the members of the jwk in another order', clause: 'RFC 7638 §3.3', send: ({ alice }) => header({ jwk: Object.fromEntries(Object.entries(alice.publicJwk).sort(([a], [b]) => (a < b ? 1 : -1))) }), verdict: allow },
  { line: 108, name: 'an RSA key where RS256 is taken', clause: 'RFC 9449 §4.3 (5)', options: { proofAlgorithms: ['RS256'] }, send: withKey('RS256'), verdict: allow },
  { line: 108, name: 'an RSA key where PS256 is taken', clause: 'RFC 9449 §4.3 (5)', options: { proofAlgorithms: ['PS256'] }, send: withKey('PS256'), verdict: allow },
  { line: 108, name: 'an Ed25519 key under the name Ed25519', clause: 'RFC 9864 §2.2', send: withKey('Ed25519'), verdict: allow },
  { line: 108, name: 'an Ed25519 key under the name EdDSA', clause: 'RFC 8037 §3.1', send: withKey('EdDSA'), verdict: allow },
  { line: 127, name: 'a bare OPTIONS with credentials', clause: 'RFC 9110 §9.3.7', send: { method: 'OPTIONS' }, verdict: allow },
  { line: 127, name: 'a bare OPTIONS without credentials', clause: 'RFC 9110 §9.3.7', send: { method: 'OPTIONS', ...lines() }, verdict: deny(1, 'missing_credentials') },
];
