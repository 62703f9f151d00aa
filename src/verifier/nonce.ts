/** Server nonces (RFC 9449 §8, §9): stateless, so that each server that knows the secret can check them. */

import { platform } from '../crypto/platform.ts';
import type { Mac } from '../crypto/port.ts';
import { randomBytes } from '../crypto/web.ts';
import { decodeBase64url, encodeBase64url } from '../protocol/base64url.ts';
import { utf8 } from '../protocol/bytes.ts';
import { andThen, type Eventual } from '../protocol/eventual.ts';
import { readNumber } from '../stores/options.ts';
import { GenerationCache } from './generation-cache.ts';
import { holdSecrets, type NonceSecret } from './secrets.ts';
import type { GuardedReplayStore } from './store-guard.ts';

/**
 * What a server demands of proofs beside their claims.
 *
 * - `none`: nothing; freshness is `iat` alone, so proofs can be made in advance by whoever uses the key for a moment.
 * - `window`: a nonce of this server, good for many proofs while it lives.
 * - `single-use`: a nonce of this server, good for one proof.
 *
 * `secret` default: random bytes of this process; servers that share a replay store must share it. A function is asked
 * each time, so that secrets can change while the server runs. To change one in a fleet without refusing anybody, put
 * the new one last in every server's list, then first in every list, and drop the old one when `lifetimeSeconds`
 * (default: 60; from 1 to 86,400) have passed.
 */
export type NoncePolicy =
  | { readonly policy: 'none' }
  | {
      readonly policy: 'window' | 'single-use';
      readonly secret?: NonceSecret | (() => NonceSecret);
      readonly lifetimeSeconds?: number;
    };

/** Which server a nonce is for: one role's nonce is nothing to the other (RFC 9449 §9). */
export type NonceRole = 'authorization-server' | 'resource-server';

const timeBytes = 6;
const randomByteCount = 10;
const stampBytes = timeBytes + randomByteCount;
const macBytes = 32;

/** A nonce that is good: until when, and under which epoch of the replay store. */
export interface LiveNonce {
  readonly expiresAtSeconds: number;
  readonly epoch: string | undefined;
}

/** Makes and checks the nonces of one server role. */
export class NonceIssuer {
  readonly singleUse: boolean;
  readonly #macs: () => readonly Mac[];
  readonly #lifetimeSeconds: number;
  readonly #purpose: string;
  readonly #memory: Pick<GuardedReplayStore, 'epoch'>;
  /** What was checked before: clients show one nonce many times. */
  readonly #checked = new GenerationCache<CheckedNonce>(checkedBytes);

  /**
   * @param memory where proofs are spent: nonces die with its epoch.
   * @throws TypeError where there is no secret, one is no bytes, fewer than 32 or zeros, or the lifetime is out of its range.
   */
  constructor(options: Exclude<NoncePolicy, { policy: 'none' }>, role: NonceRole, memory: Pick<GuardedReplayStore, 'epoch'> = {}) {
    const { policy, secret = randomBytes(32) } = options;
    const lifetimeSeconds = readNumber(options, 'lifetimeSeconds', { fallback: 60, min: 1, max: 86_400, of: 'nonce' });
    this.singleUse = policy === 'single-use';
    this.#macs = holdSecrets(secret, { of: 'nonce.secret', hold: platform.createMac });
    this.#lifetimeSeconds = lifetimeSeconds;
    // Whoever changes the policy or the lifetime begins anew: a nonce means the same to all who take it.
    this.#purpose = [role, policy, lifetimeSeconds].join('\0');
    this.#memory = memory;
  }

  /** A new nonce: time, random bytes, and a keyed hash over both, the role, the policy, the lifetime and the epoch. */
  async issue(nowSeconds: number): Promise<string> {
    const stamp = randomBytes(stampBytes);
    new DataView(stamp.buffer).setUint16(0, Math.floor(nowSeconds / 2 ** 32));
    new DataView(stamp.buffer).setUint32(2, Math.floor(nowSeconds) >>> 0);
    const mac = await this.#macs()[0]!.sign(signedBytes(this.#purpose, await this.#memory.epoch?.(), stamp));
    return encodeBase64url(new Uint8Array([...stamp, ...mac]));
  }

  /**
   * What is known of a nonce; undefined where it is not ours, of another epoch, dead, or from the future.
   *
   * @throws whatever the store or the function for secrets throws.
   */
  check(nonce: string, clock: NonceClock): Eventual<LiveNonce | undefined> {
    const known = this.#checked.get(nonce);
    const read = known ?? readNonce(nonce);
    if (!read || !this.#isAlive(read, clock)) return undefined;
    return andThen(this.#memory.epoch?.(), (epoch) => {
      const live = { expiresAtSeconds: read.issuedAtSeconds + this.#lifetimeSeconds, epoch };
      const macs = this.#macs();
      if (known && known.epoch === epoch && macs.includes(known.by)) return live;
      return this.#checkMac(nonce, { ...read, epoch }, macs).then((isOurs) => (isOurs ? live : undefined));
    });
  }

  /** Whether the answer to a proof with this nonce should carry the next one: always for single use, else past half-life. */
  isDue(expiresAtSeconds: number, nowSeconds: number): boolean {
    return this.singleUse || expiresAtSeconds - nowSeconds < this.#lifetimeSeconds / 2;
  }

  #isAlive({ issuedAtSeconds }: ReadNonce, { nowSeconds, clockToleranceSeconds }: NonceClock): boolean {
    return nowSeconds <= issuedAtSeconds + this.#lifetimeSeconds && issuedAtSeconds <= nowSeconds + clockToleranceSeconds;
  }

  async #checkMac(nonce: string, read: ReadNonce & { readonly epoch: string | undefined }, macs: readonly Mac[]): Promise<boolean> {
    const signed = signedBytes(this.#purpose, read.epoch, read.stamp);
    for (const by of macs) {
      if (!(await by.verify(read.mac, signed))) continue;
      this.#checked.set(nonce, { ...read, by }, checkedNonceBytes);
      return true;
    }
    return false;
  }
}

/** A nonce, taken apart. */
interface ReadNonce {
  readonly stamp: Uint8Array<ArrayBuffer>;
  readonly mac: Uint8Array<ArrayBuffer>;
  readonly issuedAtSeconds: number;
}

/** A nonce that was good for an epoch, and the secret that said so: it stays good as long as both do. */
interface CheckedNonce extends ReadNonce {
  readonly epoch: string | undefined;
  readonly by: Mac;
}

// Some two thousand: a client asks for one in half a lifetime.
const checkedBytes = 2 ** 20;
const checkedNonceBytes = 512;

function readNonce(nonce: string): ReadNonce | undefined {
  const bytes = decodeBase64url(nonce);
  if (bytes?.length !== stampBytes + macBytes) return undefined;
  const stamp = bytes.slice(0, stampBytes);
  const view = new DataView(stamp.buffer);
  return { stamp, mac: bytes.slice(stampBytes), issuedAtSeconds: view.getUint16(0) * 2 ** 32 + view.getUint32(2) };
}

/** What a nonce's time is compared with, in seconds. */
interface NonceClock {
  readonly nowSeconds: number;
  readonly clockToleranceSeconds: number;
}

function signedBytes(purpose: string, epoch: string | undefined, stamp: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...utf8(`${purpose}\0${epoch ?? ''}\0`), ...stamp]);
}
