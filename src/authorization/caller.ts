/** Resource servers that may ask about tokens: confidential callers, known by a secret (RFC 7662 §2.1). */

import { platform } from '../crypto/platform.ts';
import { randomBytes } from '../crypto/web.ts';
import { utf8 } from '../protocol/bytes.ts';
import { givenOptions } from '../stores/options.ts';
import { Refusal } from './refusal.ts';

/** A resource server that may introspect tokens: it calls with HTTP Basic (`client_secret_basic`, RFC 6749 §2.3.1). */
export interface IntrospectionCaller {
  readonly clientId: string;
  /** At least 32 characters; random ones, because nothing slows guesses down. */
  readonly clientSecret: string;
}

/** Resolves where an `Authorization` header is that of a known caller. Rejects with a Refusal otherwise: 401. */
export type CallerCheck = (authorization: string | null) => Promise<void>;

/**
 * The check for some callers.
 *
 * @throws TypeError where a name stands twice, or a secret is short.
 */
export function createCallerCheck(callers: readonly IntrospectionCaller[]): CallerCheck {
  // Compared by keyed hashes, under a key of this process: how long that takes tells nothing about the secret.
  const mac = platform.createMac(randomBytes(32));
  const nobody = mac.sign(randomBytes(32));
  const known = new Map<string, ReturnType<typeof mac.sign>>();
  for (const caller of callers) {
    const { clientId, clientSecret } = givenOptions(caller);
    const isNamed = typeof clientId === 'string' && clientId !== '' && !known.has(clientId);
    if (!isNamed) throw new TypeError('introspectionCallers: each needs a clientId of its own');
    if (typeof clientSecret !== 'string' || clientSecret.length < 32) throw new TypeError('introspectionCallers: clientSecret needs at least 32 characters');
    known.set(clientId, mac.sign(utf8(clientSecret)));
  }
  return async (authorization) => {
    const { clientId, clientSecret } = readBasic(authorization);
    const expected = await (known.get(clientId) ?? nobody);
    if (await mac.verify(expected, utf8(clientSecret))) return;
    throw new Refusal('invalid_client', 'The caller is unknown', { challenge: 'Basic realm="introspection"' });
  };
}

// Name and secret are form-encoded before they are joined (RFC 6749 §2.3.1).
function readBasic(authorization: string | null): IntrospectionCaller {
  const [, encoded = ''] = /^basic +([\w+/]+=*)$/i.exec(authorization ?? '') ?? [];
  const [clientId = '', clientSecret = ''] = decode(encoded).split(/:(.*)/s).map(formDecode);
  return { clientId, clientSecret };
}

function decode(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return '';
  }
}

function formDecode(text: string): string {
  return new URLSearchParams(`x=${text.replaceAll('&', '%26')}`).get('x')!;
}
