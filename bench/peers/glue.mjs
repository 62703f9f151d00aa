// What libraries that only make proofs leave to their users: headers, the nonce of each origin, and one retry.

/**
 * @param {(request: { method: string, url: string, accessToken: string, nonce?: string }) => Promise<string>} prove
 * @param {typeof globalThis.fetch} fetch
 */
export function glue(prove, fetch) {
  const nonces = new Map();
  return ({ accessToken }) => async (input, init) => {
    const request = new Request(input, init);
    const { origin, pathname } = new URL(request.url);
    const attempt = async () => {
      const proof = await prove({ method: request.method, url: origin + pathname, accessToken, nonce: nonces.get(origin) });
      const copy = request.clone();
      copy.headers.set('Authorization', `DPoP ${accessToken}`);
      copy.headers.set('DPoP', proof);
      const response = await fetch(copy);
      const nonce = response.headers.get('DPoP-Nonce');
      if (nonce) nonces.set(origin, nonce);
      return response;
    };
    const response = await attempt();
    const isChallenge = response.status === 401 && response.headers.get('WWW-Authenticate')?.includes('use_dpop_nonce');
    return isChallenge ? attempt() : response;
  };
}
