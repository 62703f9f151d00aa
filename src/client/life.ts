/** The life of a key in one realm: until it is let go, or destroyed, here or in another tab. */

import { KeyboundError } from '../protocol/errors.ts';
import type { LoadedKey } from './key-store.ts';
import type { Signer } from './signer.ts';
import type { Word } from './tabs.ts';

/** What a life is made of. */
interface LifeParts {
  readonly key: LoadedKey;
  readonly jkt: string;
  /** Told once when nothing more is signed here, and whether the key is gone for good. */
  onClosed(): void;
  onDestroyed(): void;
}

/** A key that lives. */
export interface Life {
  /** Signs while the key lives; then rejects with `closed` or `destroyed`. */
  readonly signer: Pick<Signer, 'proof'>;
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
export function beginLife({ key, jkt, onClosed, onDestroyed }: LifeParts): Life {
  const { signer, keyState, tabs, isCurrent } = key;
  const death = new AbortController();
  let { reset } = signer;
  let ended: 'closed' | 'destroyed' | undefined;
  let looking: Promise<void> | undefined;

  const close = () => {
    if (ended) return;
    ended = 'closed';
    tabs?.leave();
    globalThis.removeEventListener?.('pageshow', onShow);
    signer.close?.();
    onClosed();
  };
  const end = () => {
    close();
    if (ended === 'destroyed') return;
    ended = 'destroyed';
    death.abort(new KeyboundError(ended));
    onDestroyed();
  };
  const check = () => {
    if (ended) throw new KeyboundError(ended);
  };
  // Whoever slept in the back/forward cache has not heard of a logout. Nothing is signed until it is known.
  const look = () => {
    looking = isCurrent?.().then(
      (isAlive) => (isAlive ? undefined : end()),
      () => {},
    );
  };
  const onShow = (event: Event) => {
    if ((event as PageTransitionEvent).persisted) look();
  };
  const say = (word: Word) => {
    if (!ended) tabs?.say(word);
  };
  globalThis.addEventListener?.('pageshow', onShow);
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
    destroyed: death.signal,
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
