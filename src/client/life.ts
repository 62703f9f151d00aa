/** The life of a key in one realm: until it is let go, or destroyed, here or in another tab. */

import { KeyboundError } from '../protocol/errors.ts';
import type { LoadedKey } from './key-store.ts';
import type { Signer } from './signer.ts';
import type { Tabs, Word } from './tabs.ts';

/** What a life is made of. */
interface LifeParts {
  readonly key: LoadedKey;
  /** The tabs that share the key, joined before it was loaded; none where it is in memory alone. */
  readonly tabs: Tabs | undefined;
  readonly jkt: string;
  /** Hears what other tabs say, but for the end of the key. */
  hear(word: Partial<Record<string, unknown>>): void;
  /** Told once when nothing more is signed here, and whether the key is gone for good. */
  onClosed(): void;
  onDestroyed(): void;
}

/** A key that lives. */
export interface Life {
  /** Signs while the key lives; then rejects with `closed` or `destroyed`. */
  readonly signer: Pick<Signer, 'proof'>;
  /** Tells the other tabs. */
  say(word: Word): void;
  close(): void;
  destroy(): Promise<void>;
}

/** Begins, with whatever the other tabs said since they were joined. */
export function beginLife({ key, tabs, jkt, hear, onClosed, onDestroyed }: LifeParts): Life {
  const { signer, isCurrent } = key;
  let { reset } = signer;
  let ended: 'closed' | 'destroyed' | undefined;

  const close = () => {
    if (ended) return;
    ended = 'closed';
    // Not closed but deaf: what is closed cannot tell of a later logout.
    tabs?.listen(() => {});
    globalThis.removeEventListener?.('pageshow', look);
    signer.close?.();
    onClosed();
  };
  const end = () => {
    close();
    if (ended === 'destroyed') return;
    ended = 'destroyed';
    onDestroyed();
  };
  // Whoever slept in the back/forward cache has not heard of a logout.
  const look = async () => {
    if ((await isCurrent?.().catch(() => true)) === false) end();
  };
  const say = (word: Word) => {
    if (!ended) tabs?.say(word);
  };
  globalThis.addEventListener?.('pageshow', look);
  tabs?.listen((word) => (word.ended === jkt ? end() : word.changed ? look() : hear(word)));
  say(key.keyState === 'replaced' ? { changed: true } : { asks: true });
  return {
    signer: {
      proof(...request) {
        if (ended) throw new KeyboundError(ended);
        return signer.proof(...request);
      },
    },
    say,
    close,
    async destroy() {
      const removed = reset?.call(signer);
      end();
      // Told last: whoever makes a key at this word must not find the old one.
      await removed?.finally(() => tabs?.say({ ended: jkt }));
      // Removed once: from now on the name may have another key.
      reset = undefined;
    },
  };
}
