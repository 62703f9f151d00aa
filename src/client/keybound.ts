/** The Keybound of a name: its key, and the ways to use it. */

import { KeyboundError } from '../protocol/errors.ts';
import { authorizationFetch } from './authorization-fetch.ts';
import { createProof, type ProofOptions } from './create-proof.ts';
import { createEvents, type KeyboundEventTarget } from './events.ts';
import { loadKey, type LoadedKey } from './key-store.ts';
import { negotiate } from './key.ts';
import { beginLife } from './life.ts';
import { readOrigins } from './origins.ts';
import { protect, type ProtectOptions } from './protect.ts';
import { createSession } from './session.ts';
import type { Signer } from './signer.ts';

/** How a Keybound is made; everything is optional. */
export interface KeyboundOptions {
  /** Namespace of the key: an account, or an issuer and client id. Default `default`. */
  readonly name?: string;
  /**
   * What the servers accept (`dpop_signing_alg_values_supported`), known before the key is made. Default Ed25519, and
   * ES256 where the browser has no Ed25519.
   */
  readonly algorithms?: readonly string[];
  /** The bare origins that {@link Keybound.fetch} may sign for. Default none. */
  readonly authorizationServers?: readonly string[];
  /** The thumbprint that the app's stored token is bound to: tells a lost key (`keyState: 'lost'`) from a first visit. */
  readonly expectedJkt?: string;
  /** A key that lives elsewhere; it is used as it is, and nothing is stored. */
  readonly signer?: Signer;
  /**
   * What sends requests; the Requests that it is given are to be sent as they are. Default the global fetch, looked up at
   * call time.
   */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Whether `answer` events show requests and responses whole, tokens and proofs included: for a demo, or while you look
   * for an error. Default false. Whoever listens then can use what it hears.
   */
  readonly reveal?: boolean;
}

/** A key and what it is for. Its methods work detached; its events carry no secrets. */
export interface Keybound extends KeyboundEventTarget, Disposable {
  /** The key's RFC 7638 thumbprint: what a token's `cnf.jkt` must say, and the `dpop_jkt` request parameter. */
  readonly jkt: string;
  /** The key's algorithm. */
  readonly alg: 'Ed25519' | 'ES256';
  /** The public key: kty, crv, x and, for ES256, y. Undefined where a given signer does not tell it. */
  readonly publicJwk: JsonWebKey | undefined;
  /** Whether the key survives a reload. */
  readonly persistence: 'indexeddb' | 'memory';
  /** How the key came to be: `lost` says that it is not the one that `expectedJkt` or a token names. */
  readonly keyState: 'created' | 'restored' | 'replaced' | 'lost';
  /**
   * Makes one proof (RFC 9449 §4.2), for requests that you send yourself.
   *
   * It does not look at the lists of origins: whoever holds the proof and the token can make that one request.
   *
   * @throws TypeError where the URL is not absolute; KeyboundError `destroyed`, `closed`; SignerError.
   */
  proof(options: ProofOptions): Promise<string>;
  /**
   * Fetch for token endpoints and OAuth libraries. It signs for `authorizationServers` alone, and there POST requests
   * and those that carry `Authorization: Bearer` or `DPoP` (sent as DPoP, with `ath`); all else passes untouched.
   *
   * @throws KeyboundError `redirected`, `destroyed`, `closed`; TypeError for `no-cors` and a `DPoP` header of your own.
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * A fetch for your APIs: `Authorization: DPoP`, a fresh proof, and the server's nonces inside (at most three retries).
   *
   * HTTP answers are returned, whatever their status. Where the first answer of a server may bring a nonce, parallel
   * requests wait for it, two seconds at most. It does not verify the token; that it is bound to this key is checked where
   * the token can be read.
   *
   * @throws TypeError for a list that holds anything but bare https origins. The fetch it returns rejects with
   * KeyboundError `origin-refused`, `redirected`, `token-type`, `key-lost`, `destroyed`, `closed`, with TypeError for
   * `no-cors`, for `Authorization` or `DPoP` headers of your own and for a stream that the browser cannot send, and with
   * whatever `accessToken` throws.
   */
  protect(options: ProtectOptions): typeof globalThis.fetch;
  /** Lets go of the channel to other tabs; the key stays, for the next `createKeybound`. This instance signs no more. */
  close(): void;
  /**
   * Logout: the key is gone, here and in every tab. What was bound to it is useless from now on.
   *
   * Requests that carry its proofs and wait, for their turn or their answer, reject with `destroyed` at once; what was
   * sent is not taken back. A key that another tab has made since then stays.
   *
   * @throws DOMException where IndexedDB fails: the key is unused all the same, and can be removed by another call.
   */
  destroy(): Promise<void>;
}

/** The instance of each name in this realm, beside what it was made with. */
const instances = new Map<string, { readonly lists: string; readonly signer: Signer | undefined; readonly created: Promise<Keybound> }>();

/**
 * Restores or makes the key of a name, and gives the ways to use it.
 *
 * The private key is not extractable and stays in this module; where IndexedDB works, its handle survives reloads and
 * is shared by all tabs. Where it fails or takes longer than three seconds, the key is in memory. Script that runs in
 * your page can still use the key while it runs there, and can hand the handle to another origin (see the threat model).
 * Two calls with one name share one instance, whose `fetch` and `expectedJkt` are those of the first call: compare `jkt`
 * where the second one expects a key.
 *
 * @throws TypeError for malformed origins, and for a name that is in use with other options; KeyboundError
 * `insecure-context`, `no-algorithm`.
 */
export async function createKeybound(options: KeyboundOptions = {}): Promise<Keybound> {
  const { name = 'default', signer } = options;
  const lists = JSON.stringify(options, ['algorithms', 'authorizationServers', 'reveal']);
  let shared = instances.get(name);
  if (!shared) {
    instances.set(name, (shared = { lists, signer, created: create(name, options) }));
    shared.created.catch(() => instances.delete(name));
  }
  if (shared.lists !== lists || shared.signer !== signer) throw new TypeError(`Options differ: ${name}`);
  return shared.created;
}

async function create(name: string, { signer, algorithms, authorizationServers = [], expectedJkt, fetch, reveal }: KeyboundOptions): Promise<Keybound> {
  const negotiated = negotiate(algorithms);
  const origins = readOrigins(authorizationServers);
  const key: LoadedKey = signer ? { signer, persistence: 'memory', keyState: 'restored' } : await loadKey(name, negotiated);
  const { alg, publicJwk } = key.signer;
  const jkt = await key.signer.thumbprint();

  const { target, emit } = createEvents();
  const keybound = target as { -readonly [Member in keyof Keybound]: Keybound[Member] };
  const life = beginLife(key, jkt);
  life.closed.addEventListener('abort', () => instances.delete(name));
  life.destroyed.addEventListener('abort', () => emit('destroyed', {}));
  let lostJkt: string | undefined;
  const lose = (expected: string) => {
    keybound.keyState = 'lost';
    if (lostJkt !== expected) emit('lost', { jkt, expectedJkt: (lostJkt = expected) });
  };
  const checkBinding = (expected: string) => {
    // After a new login the key has its token again.
    if (expected === jkt) return void (keybound.keyState = key.keyState);
    lose(expected);
    throw new KeyboundError('key-lost', expected);
  };
  const session = createSession({ key, life, emit, fetch, reveal, lock: `keybound:${name}`, checkBinding });
  life.listen(session.hear);
  const isBornDead = life.destroyed.aborted;

  const isLost = expectedJkt && expectedJkt !== jkt;
  // Told after whoever awaits the instance had the chance to listen.
  setTimeout(() => {
    if (isBornDead) emit('destroyed', {});
    if (isLost) lose(expectedJkt);
    else if (keybound.keyState === 'replaced') emit('rotated', { jkt, expectedJkt });
    if ('cause' in key) emit('unstored', { jkt, cause: key.cause });
  });
  const { close, destroy } = life;
  return Object.assign(keybound, {
    jkt,
    alg,
    publicJwk,
    persistence: key.persistence,
    keyState: isLost ? 'lost' : key.keyState,
    proof: (proof: ProofOptions) => createProof(life.signer, proof),
    fetch: authorizationFetch(session, origins),
    protect: (protection: ProtectOptions) => protect(session, protection),
    close,
    destroy,
    [Symbol.dispose]: close,
  });
}
