/** Who may leave for a server now, and with which nonce: one goes ahead and learns, the rest follow. */

/** What an answer says of nonces (RFC 9449 §8, §9). */
export interface NonceLesson {
  /** The nonce that the request carried. */
  readonly used: string | undefined;
  /** The valid `DPoP-Nonce` that came with the answer. */
  readonly nonce: string | undefined;
  /** Whether the answer demands a nonce. */
  readonly challenged: boolean;
  /** Whether the request was carried out: only then has the server surely looked at its nonce, and taken it. */
  readonly ok: boolean;
  /** Whether the request was challenged before. */
  readonly isRetry: boolean;
}

/** The way to one server. Whoever has entered must leave. */
export interface Gate {
  /** The newest nonce; undefined where none is known. */
  readonly nonce: string | undefined;
  /**
   * Waits for its turn and gives the nonce to sign with. Who is inside and comes back with a `retry` goes before all
   * others, with the nonce of its own challenge unless the server's nonces have proven good for many.
   */
  enter(signal: AbortSignal, retry?: { readonly nonce?: string | undefined }): Promise<string | undefined>;
  /** Learns from an answer; tells whether it brought a nonce that is news to others, too. */
  learn(lesson: NonceLesson): boolean;
  /** Learns of a nonce that another tab was given. */
  hear(nonce: string): void;
  leave(): void;
}

/** Requests under way at first, and again when nonces change: as many as a browser sends at once over HTTP/1.1. */
const caution = 6;
/** How long no answer may come until all who wait leave together. */
const patienceSeconds = 2;
/** How many unused nonces are kept. */
const maxFresh = 32;
/** How far an unchanged nonce opens the gate: fast enough for HTTP/2, late enough for one that is about to change. */
const growth = 2 / 3;

/**
 * Makes the gate to one server; it `isOpen` where the server is known to demand no nonces.
 *
 * Before a nonce is known, one request goes ahead and the rest wait for what it learns. From then on only so many are
 * under way that a nonce which changes is still good when they arrive: more with each answer that leaves it as it was,
 * fewer when it changes, and when a request is challenged twice. Nobody waits longer than the server takes to answer
 * somebody, or `patienceSeconds`; who comes later or fails does not prolong it.
 */
export function createGate(isOpen: boolean): Gate {
  const waiting: { readonly isRetry: boolean; go(): void }[] = [];
  let underWay = 0;
  let width = caution;
  let impatience: ReturnType<typeof setTimeout> | undefined;
  let newest: string | undefined;
  let accepted: string | undefined;
  // Undefined as long as no nonce was sent twice.
  let isReusable: boolean | undefined;
  let fresh: string[] = [];

  const isSingleUse = () => isReusable === false;
  const isFull = (isRetry: boolean) =>
    underWay > 0 && (newest ? underWay >= width || (isSingleUse() && !isRetry && !fresh.length) : !isOpen);
  const admit = () => {
    while (waiting.length && !isFull(waiting[0]!.isRetry)) waiting.shift()!.go();
    if (!waiting.length) calm();
    else impatience ??= setTimeout(release, patienceSeconds * 1000);
  };
  const calm = () => {
    clearTimeout(impatience);
    impatience = undefined;
  };
  const release = () => {
    calm();
    isOpen = true;
    for (const { go } of waiting.splice(0)) go();
    width = Math.max(width, underWay);
  };

  return {
    get nonce() {
      return newest;
    },
    async enter(signal, retry) {
      signal.throwIfAborted();
      const isRetry = !!retry;
      const go = () => {
        underWay++;
        const nonce = retry?.nonce && !isReusable ? retry.nonce : (isSingleUse() && fresh.at(-1)) || newest;
        fresh = fresh.filter((unused) => unused !== nonce);
        return nonce;
      };
      if (isRetry) underWay--;
      if (!isFull(isRetry)) return go();
      return new Promise((resolve, reject) => {
        const abort = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          // It will leave from where it was.
          if (isRetry) underWay++;
          admit();
          reject(signal.reason);
        };
        const waiter = {
          isRetry,
          go() {
            signal.removeEventListener('abort', abort);
            resolve(go());
          },
        };
        signal.addEventListener('abort', abort);
        waiting[isRetry ? 'unshift' : 'push'](waiter);
        admit();
      });
    },
    learn({ used, nonce, challenged, ok, isRetry }) {
      calm();
      if (used && used === accepted && (ok || challenged)) isReusable ||= ok;
      if (ok) accepted = used;
      if (challenged && isRetry) width = Math.max(1, width / 2);
      const isNews = !!nonce && nonce !== newest;
      if (isNews) {
        if (newest) width = Math.min(width, caution);
        newest = nonce;
        // A challenge's own nonce is its request's.
        if (!challenged) fresh = [...fresh.slice(1 - maxFresh), nonce];
      } else width += growth;
      isOpen ||= !newest;
      admit();
      return isNews && !isSingleUse();
    },
    hear(nonce) {
      newest = nonce;
      admit();
    },
    leave() {
      underWay--;
      admit();
    },
  };
}
