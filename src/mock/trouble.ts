/** Switches for trouble: what goes wrong between a browser and its servers, on purpose. */

/** Everything that can be made to go wrong; each switch alone, or together. */
export interface Trouble {
  /** What the servers demand of proofs. Default: what {@link MockServersOptions} say. */
  readonly nonces: 'none' | 'window' | 'single-use';
  /** How far the servers' clock is ahead of this one (behind, where negative), in seconds. Default: 0. */
  readonly clockSkewSeconds: number;
  /** `stores`: the servers answer 503; `network`: nothing answers. Default: `nothing`. */
  readonly down: 'nothing' | 'stores' | 'network';
  /** The `token_type` that the token endpoint's answer names. Default: `DPoP`. */
  readonly tokenType: 'DPoP' | 'Bearer';
  /** Whether scripts see no `DPoP-Nonce`, `WWW-Authenticate` and `Date`, as where CORS does not expose them. Default: false. */
  readonly hideHeaders: boolean;
}

/** A copy, entry by entry: MSW 2 in Node loses those of a copy of a copy. */
export function copyHeaders(headers: Headers): Headers {
  return new Headers([...headers]);
}

/** An answer as it arrives when it was meddled with on the way. */
export async function meddle(response: Response, { tokenType, hideHeaders }: Trouble): Promise<Response> {
  let body: BodyInit | null = response.body;
  const headers = copyHeaders(response.headers);
  if (hideHeaders) for (const name of ['DPoP-Nonce', 'WWW-Authenticate', 'Date']) headers.delete(name);
  if (tokenType !== 'DPoP' && headers.get('content-type')?.startsWith('application/json')) {
    const text = await response.text();
    body = text.replace('"token_type":"DPoP"', `"token_type":"${tokenType}"`);
  }
  return new Response(body, { status: response.status, headers });
}
