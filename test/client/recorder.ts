/** A fetch that records what it is given and answers as a test says; and what an independent library reads in proofs. */

import { decodeProtectedHeader, EmbeddedJWK, jwtVerify, type JWK, type JWTPayload } from 'jose';

export const api = 'https://api.example.com';
export const login = 'https://login.example.com';

/** A name that no other test uses: all of a browser's test files share one origin's IndexedDB. */
export const newName = () => `test ${crypto.randomUUID()}`;

export interface Recorder {
  readonly fetch: typeof globalThis.fetch;
  readonly requests: readonly Request[];
}

/** Answers the first request with the first answer, and so on; the last one stays. Each is made anew. */
export function recorder(...answers: ((request: Request, attempt: number) => Response | Promise<Response>)[]): Recorder {
  const requests: Request[] = [];
  return {
    requests,
    fetch: async (input, init) => {
      // A Request goes in as it is: Firefox forgets keepalive when it makes one of another.
      const request = input instanceof Request && !init ? input : new Request(input, init);
      requests.push(request.clone());
      const answer = answers[requests.length - 1] ?? answers.at(-1) ?? (() => new Response('{}'));
      return answer(request, requests.length);
    },
  };
}

/** A resource server's demand for a nonce (RFC 9449 §9), with whatever `WWW-Authenticate` says it. */
export const challenge =
  (nonce: string, wwwAuthenticate = 'DPoP error="use_dpop_nonce"') =>
  () =>
    new Response('{"challenge":true}', { status: 401, headers: { 'WWW-Authenticate': wwwAuthenticate, 'DPoP-Nonce': nonce } });

/** An authorization server's demand for a nonce (RFC 9449 §8), or another error that carries one. */
export const tokenError =
  (nonce: string, error = 'use_dpop_nonce', status = 400) =>
  () =>
    Response.json({ error }, { status, headers: { 'DPoP-Nonce': nonce } });

/** An answer that is content, with the nonce to use next time. */
export const ok =
  (nonce?: string, status = 200) =>
  () =>
    new Response('{"ok":true}', { status, headers: nonce === undefined ? {} : { 'DPoP-Nonce': nonce } });

export interface ReadProof {
  readonly header: { readonly typ?: string; readonly alg?: string; readonly jwk?: JWK };
  readonly claims: JWTPayload & { readonly htm?: string; readonly htu?: string; readonly ath?: string; readonly nonce?: string };
}

/** What jose makes of a proof: its signature is verified with the key that it shows. */
export async function readProof(proof: string): Promise<ReadProof> {
  const { payload } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' });
  return { header: decodeProtectedHeader(proof), claims: payload };
}

/** The claims of the proofs that some requests carried. */
export async function readClaims(requests: readonly Request[]): Promise<ReadProof['claims'][]> {
  const proofs = await Promise.all(requests.map((request) => readProof(request.headers.get('DPoP')!)));
  return proofs.map(({ claims }) => claims);
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  const nothing = Symbol('nothing');
  const outcome = await promise.then(() => nothing, (error: unknown) => error);
  if (outcome === nothing) throw new Error('expected a rejection');
  return outcome as Error & { code?: string };
}

/** A token that nobody signed: a client only looks at it. */
export function jwt(claims: object): string {
  const part = (content: object) => btoa(JSON.stringify(content)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `${part({ alg: 'none' })}.${part(claims)}.x`;
}
