/** The life of a key in one realm: until it is let go, or destroyed, here or in another tab. */

import { KeyboundError } from '../protocol/errors.ts';
import type { LoadedKey } from './key-store.ts';
import type { Signer } from './signer.ts';
import { joinTabs, type Word } from './tabs.ts';

/** What a life is made of. */
interface LifeParts {
  readonly name: string;
  readonly key: LoadedKey;
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

/** Begins; what is heard from other tabs counts from now on. */
export function beginLife({ name, key, jkt, hear, onClosed, onDestroyed }: LifeParts): Life {
  const { signer, persistence, isCurrent } = key;
  let { reset } = signer;
  let ended: 'closed' | 'destroyed' | undefined;

  const close = () => {
    if (ended) return;
    ended = 'closed';
    // Not closed but deaf: what is closed cannot tell of a later logout.
    if (tabs) tabs.onmessage = null;
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
  // Whoever slept in the back/forward cache, or was loading while another tab logged out, has not heard of it.
  const look = async () => {
    if ((await isCurrent?.().catch(() => true)) === false) end();
  };
  const tabs = persistence === 'indexeddb' && joinTabs(name, (word) => (word.ended === jkt ? end() : word.changed ? look() : hear(word)));
  const say = (word: Word) => tabs && !ended && tabs.postMessage(word);
  if (tabs) {
    globalThis.addEventListener?.('pageshow', look);
    void look();
    say(key.keyState === 'replaced' ? { changed: true } : { asks: true });
  }
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
      await removed?.finally(() => tabs && tabs.postMessage({ ended: jkt } satisfies Word));
      // Removed once: from now on the name may have another key.
      reset = undefined;
    },
  };
}
