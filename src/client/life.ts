/** The life of a key in one realm: until it is let go, or destroyed, here or in another tab. */

import { KeyboundError, type KeyboundErrorCode } from '../protocol/errors.ts';
import type { LoadedKey } from './key-store.ts';
import type { Signer } from './signer.ts';
import type { Word } from './tabs.ts';

/** A key that lives. */
export interface Life {
  /** Signs while the key lives; then rejects with `closed` or `destroyed`. */
  readonly signer: Pick<Signer, 'proof'>;
  /** Aborted with `closed` when nothing more is signed here: the key was let go, or is gone for good. */
  readonly closed: AbortSignal;
  /** Aborted with `destroyed` when the key is gone for good. */
  readonly destroyed: AbortSignal;
  /** Hears the other tabs, from when they were joined: the end of the key itself, and whatever else they say. */
  listen(hear: (word: Partial<Record<string, unknown>>) => void): void;
  /** Tells the other tabs. */
  say(word: Word): void;
  close(): void;
  destroy(): Promise<void>;
}

/** Begins. */
export function beginLife({ signer, keyState, tabs, isCurrent }: LoadedKey, jkt: string): Life {
  const [closed, letGo] = ending('closed');
  const [destroyed, die] = ending('destroyed');
  let { reset } = signer;
  let looking: Promise<unknown> | undefined;

  const close = () => {
    if (closed.aborted) return;
    letGo();
    tabs?.leave();
    signer.close?.();
  };
  const end = () => {
    close();
    die();
  };
  const check = () => {
    destroyed.throwIfAborted();
    closed.throwIfAborted();
  };
  // Nothing is signed until it is known whether the key is still there.
  const look = () => {
    looking = isCurrent?.().then(
      (isAlive) => isAlive || end(),
      () => {},
    );
  };
  const say = (word: Word) => {
    if (!closed.aborted) tabs?.say(word);
  };
  // Whoever slept in the back/forward cache has not heard of a logout.
  const onShow = (event: Event) => {
    if ((event as PageTransitionEvent).persisted) look();
  };
  globalThis.addEventListener?.('pageshow', onShow, { signal: closed });
  return {
    signer: {
      async proof(...request) {
        await looking;
        check();
        const proof = await signer.proof(...request);
        check();
        return proof;
      },
    },
    closed,
    destroyed,
    listen(hear) {
      tabs?.listen((word) => {
        if (word.ended === jkt) end();
        else if (word.made && word.made !== jkt) look();
        else hear(word);
      });
      // Another key may have been there, which others still hold.
      if (keyState !== 'restored') say({ made: jkt });
      say({ asks: true });
    },
    say,
    close,
    async destroy() {
      // Ended whatever becomes of the removal, be it that it throws at once.
      const removed = (async () => reset?.call(signer))();
      end();
      // Told last: whoever makes a key at this word must not find the old one.
      await removed.finally(() => tabs?.say({ ended: jkt }));
      reset = undefined;
    },
  };
}

/** A signal, and what aborts it once with that error. */
function ending(code: KeyboundErrorCode): [AbortSignal, () => void] {
  const controller = new AbortController();
  return [controller.signal, () => controller.abort(new KeyboundError(code))];
}
