/** Secrets that servers share: read in one way, and changed while the server runs. */

import { encodeBase64url } from '../protocol/base64url.ts';
import { utf8 } from '../protocol/bytes.ts';

/** A secret of at least 32 random bytes; of a list, the first signs, and all of them are accepted. */
export type NonceSecret = string | Uint8Array | readonly (string | Uint8Array)[];

/** What is made of a secret's bytes, and the option that it is, for what is said of a wrong one. */
interface Holder<Held> {
  readonly of: string;
  readonly hold: (bytes: Uint8Array<ArrayBuffer>) => Held;
}

/**
 * What is made of the secrets, in their order: at once for those that stay, and each time for a function, where one that was
 * there the last time is not made anew.
 *
 * @throws TypeError, at once and when it is asked, where there is no secret, one is no bytes, fewer than 32 or zeros.
 */
export function holdSecrets<Held>(secret: NonceSecret | (() => NonceSecret), { of, hold }: Holder<Held>): () => readonly Held[] {
  let held = new Map<string, Held>();
  const read = (given: NonceSecret) => {
    const named = readSecrets(given, of).map((bytes) => [encodeBase64url(bytes), bytes] as const);
    held = new Map(named.map(([name, bytes]) => [name, held.get(name) ?? hold(bytes)]));
    return [...held.values()];
  };
  const first = read(typeof secret === 'function' ? secret() : secret);
  return typeof secret === 'function' ? () => read(secret()) : () => first;
}

function readSecrets(secret: NonceSecret, of: string): Uint8Array<ArrayBuffer>[] {
  const secrets = (Array.isArray(secret) ? secret : [secret]).map((each) => readSecret(each, of));
  if (!secrets.length) throw new TypeError(`${of} must not be an empty list`);
  return secrets;
}

function readSecret(secret: unknown, of: string): Uint8Array<ArrayBuffer> {
  const bytes = typeof secret === 'string' ? utf8(secret) : copyBytes(secret);
  if (!bytes || bytes.length < 32) throw new TypeError(`${of} must be text or bytes, at least 32 of them`);
  if (bytes.every((byte) => byte === 0)) throw new TypeError(`${of} must not be zeros: fill it with random bytes`);
  return bytes;
}

// Only what holds bytes: of a number, Uint8Array would make that many zeros.
function copyBytes(held: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (ArrayBuffer.isView(held)) return new Uint8Array(new Uint8Array(held.buffer, held.byteOffset, held.byteLength));
  return held instanceof ArrayBuffer ? new Uint8Array(held.slice(0)) : undefined;
}
