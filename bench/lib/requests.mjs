// Requests as clients send them: an issuer, sixteen clients, a token for each, and proofs made in advance.
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { randomUUID } from 'node:crypto';
import { createProof, createSigner } from '../../dist/index.js';

export const issuer = 'https://login.example.com';
export const audience = 'https://api.example.com';
export const url = `${audience}/orders/42`;
/** Whom the token is about, as Solid names people; its verifiers want this claim, and `solid` in the audience. */
export const webid = 'https://alice.example.com/card#me';

const CLIENTS = 16;

/** The pairs of algorithms that are measured: of the token, and of the proof. */
export const ALGORITHMS = [
  // By its older name in the proof as well: express-oauth2-jwt-bearer does not know the newer one, Ed25519.
  { name: 'EdDSA', token: 'EdDSA', proof: 'EdDSA' },
  { name: 'ES256', token: 'ES256', proof: 'ES256' },
  { name: 'RS256 + ES256', token: 'RS256', proof: 'ES256' },
];

/** An issuer with its public keys, and so many clients that hold tokens of it. */
export async function population(algorithms, count = CLIENTS) {
  const pair = await generateKeyPair(algorithms.token, { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: algorithms.token, use: 'sig' };
  const issue = (jkt) =>
    new SignJWT({ cnf: { jkt }, scope: 'orders:read orders:write', client_id: 'shop', sid: randomUUID(), webid, note: 'x'.repeat(260) })
      .setProtectedHeader({ alg: algorithms.token, typ: 'at+jwt', kid: 'one' })
      .setIssuer(issuer).setAudience([audience, 'solid']).setSubject('alice').setJti(randomUUID())
      .setIssuedAt().setExpirationTime('1h').sign(pair.privateKey);
  const open = async () => {
    const signer = await createSigner({ algorithms: [algorithms.proof] });
    return { signer, accessToken: await issue(await signer.thumbprint()) };
  };
  const clients = [];
  while (clients.length < count) clients.push(...(await Promise.all(Array.from({ length: Math.min(1000, count - clients.length) }, open))));
  return { jwks: { keys: [jwk] }, clients, issue };
}

/**
 * Requests by the clients in turn, each with a proof of its own; `isNew` gives each a token of its own as well.
 *
 * @returns {Promise<{ authorization: string, dpop: string, accessToken: string }[]>}
 */
export async function makeRequests({ clients, issue }, count, { nonce, isNew = false } = {}) {
  return Promise.all(Array.from({ length: count }, async (_, index) => {
    const { signer, accessToken: own } = clients[index % clients.length];
    const accessToken = isNew ? await issue(await signer.thumbprint()) : own;
    const proof = await createProof(signer, { method: 'GET', url, accessToken, nonce });
    return { accessToken, authorization: flat(`DPoP ${accessToken}`), dpop: flat(proof) };
  }));
}

/** As it comes from a socket: one piece, not joined from several. */
const flat = (text) => Buffer.from(text, 'latin1').toString('latin1');
