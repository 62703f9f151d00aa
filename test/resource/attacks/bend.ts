/** Words for what is bent about a good request. */

import { CompactSign } from 'jose';
import { utf8 } from '../../../src/protocol/bytes.ts';
import type { Api, SendParts } from '../../support/api.ts';
import { generateProofKey, segment, type ProofKey, type ProofParts } from '../../support/proofs.ts';

/** A request with these headers, in which {token} and {proof} stand for the good ones. */
export function lines(...fields: [string, string][]): SendParts {
  const fill = (value: string, credentials: { accessToken: string; proof: string }) =>
    value.replaceAll('{token}', credentials.accessToken).replaceAll('{proof}', credentials.proof);
  return { headers: (credentials) => fields.map(([name, value]): [string, string] => [name, fill(value, credentials)]) };
}

export const good = [['Authorization', 'DPoP {token}'], ['DPoP', '{proof}']] as [string, string][];

/** A good DPoP header under another Authorization. */
export const authorization = (value: string): SendParts => lines(['Authorization', value], ['DPoP', '{proof}']);

/** A good Authorization beside another DPoP header. */
export const dpop = (value: string): SendParts => lines(['Authorization', 'DPoP {token}'], ['DPoP', value]);

export const proof = (parts: Partial<ProofParts>): SendParts => ({ proofParts: parts });
export const header = (members: Record<string, unknown>) => proof({ header: members });
export const claims = (members: Record<string, unknown>) => proof({ claims: members });
export const token = (members: Record<string, unknown>): SendParts => ({ token: { claims: members } });
export const tokenHeader = (members: Record<string, unknown>): SendParts => ({ token: { header: members } });

/** A proof that was made some seconds from now. */
export const made = (offsetSeconds: number) => ({ clock }: Api): SendParts => proof({ nowSeconds: clock.nowSeconds + offsetSeconds });

/** A token with one time some seconds from now. */
export const tokenTime = (name: 'exp' | 'nbf' | 'iat', offsetSeconds: number) => ({ clock }: Api): SendParts =>
  token({ [name]: clock.nowSeconds + offsetSeconds });

export interface Segments {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

export function segmentsOf(compact: string): Segments {
  const [head, payload, signature] = compact.split('.') as [string, string, string];
  return { header: head, payload, signature };
}

/** A good proof whose text is changed after it was signed. */
export const respelled = (change: (parts: Segments) => string) => (api: Api): SendParts => ({
  proof: async (accessToken) => change(segmentsOf(await api.prove({ accessToken }))),
});

/** A good token whose text is changed after it was signed, under a proof that fits the changed one. */
export const respelledToken = (change: (parts: Segments) => string) => async (api: Api): Promise<SendParts> => ({
  accessToken: change(segmentsOf(await api.issueToken())),
});

/** A proof whose key, or what is shown of it, is chosen by the row; the token is bound to that key. */
export const withKey = (alg: ProofKey['alg'], show: (key: ProofKey) => unknown = (key) => key.publicJwk) => async (api: Api): Promise<SendParts> => {
  const key = await generateProofKey(alg);
  return { accessToken: await api.issueToken({ jkt: key.jkt }), proofParts: { key, header: { jwk: show(key) } } };
};

/** A token whose claims were changed after it was signed. */
export async function tampered(api: Api, changed: Record<string, unknown>): Promise<string> {
  const { header: head, payload, signature } = segmentsOf(await api.issueToken());
  return `${head}.${segment({ ...(readSegment(payload) as object), ...changed })}.${signature}`;
}

export function readSegment(text: string): unknown {
  return JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/')));
}

/** A token that the issuer signed over any payload, as its text; jose's own builder writes only sound ones. */
export const signedPayload = (change: (claims: Record<string, unknown>) => string) => async (api: Api): Promise<SendParts> => {
  const { issuer, alice, clock: { nowSeconds } } = api;
  const sound = { iss: issuer.issuer, aud: issuer.audience, sub: 'alice', client_id: 'shop', jti: 't', iat: nowSeconds, exp: nowSeconds + 300, cnf: { jkt: alice.jkt } };
  const jws = new CompactSign(utf8(change(sound))).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'key-1' });
  return { accessToken: await jws.sign(issuer.privateKey) };
};

/** A token with one claim of an odd type or value. */
export const signedClaim = (name: string, value: unknown) => signedPayload((sound) => JSON.stringify({ ...sound, [name]: value }));
