/** Alice's line to the network, which the thief can listen to or cut. Her keybound sends everything through it. */

import { openJwt } from '../jwt.ts';

/** A request as it went by. */
export interface Captured {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  /** The nonce in its proof. */
  readonly nonce: string;
}

type Tap = (captured: Captured) => 'deliver' | 'hold';

let tap: Tap | undefined;

/**
 * Fetch over the line. A request that is held back fails, as one does on a dead network. The body of a Request is left in
 * it: it is still to be shown.
 */
export const lineFetch: typeof globalThis.fetch = async (input, init) => {
  const request = new Request(input instanceof Request ? input.clone() : input, init);
  const captured = capture(request);
  if (captured && tap?.(captured) === 'hold') throw new TypeError('Failed to fetch');
  return globalThis.fetch(request);
};

/** Lets a request pass and keeps a copy: of the last attempt, where the server asked for another. */
export async function copyOf(request: () => Promise<Response>): Promise<{ captured: Captured; response: Response }> {
  let captured: Captured | undefined;
  tap = (passing) => {
    captured = passing;
    return 'deliver';
  };
  try {
    const response = await request();
    if (!captured) throw new Error('Nothing with a proof went over the line.');
    return { captured, response };
  } finally {
    tap = undefined;
  }
}

/** Keeps a request for itself: the server never sees it. */
export async function holdBack(request: () => Promise<Response>): Promise<Captured> {
  let held: Captured | undefined;
  tap = (passing) => {
    held = passing;
    return 'hold';
  };
  try {
    await request().catch((error: unknown) => {
      if (!held) throw error;
    });
    if (!held) throw new Error('Nothing with a proof went over the line.');
    return held;
  } finally {
    tap = undefined;
  }
}

/** Only requests with a nonce are worth taking: the first attempt without one only asks for it. */
function capture({ method, url, headers }: Request): Captured | undefined {
  const nonce = openJwt(headers.get('DPoP') ?? undefined)?.claims.nonce;
  return typeof nonce === 'string' && headers.has('Authorization') ? { method, url, headers: new Headers(headers), nonce } : undefined;
}
