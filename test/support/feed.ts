/** A revocation feed in memory, with the faults that feeds have. */

import type { FeedEntry, FeedPage, FeedPosition, Revocation, RevocationFeed } from '../../src/resource-server.ts';

export interface TestFeed extends RevocationFeed {
  revoke(revocation: Revocation): void;
  /** Answers whoever waits with an empty page, as time would. */
  beat(): Promise<void>;
  /** From now on nobody is answered, and nobody is told. */
  hang(): void;
  /** From now on, and whoever waits now, everybody is rejected. */
  fail(): void;
  heal(): void;
  /** Forgets the entries up to now, as a log with a bounded length does. */
  trim(): void;
  /** Counts anew, under another name: entries too, unless they are kept. */
  restart(options?: { keep: boolean }): void;
  /** The next page comes like this. */
  tamper(bend: (page: FeedPage) => FeedPage): void;
  readonly calls: { snapshots: number; reads: number; lastWaitSeconds: number };
}

export function createFeed({ pageLength = 100 } = {}): TestFeed {
  const calls = { snapshots: 0, reads: 0, lastWaitSeconds: 0 };
  let generation = 1;
  let sequence = 0;
  let log: FeedEntry[] = [];
  let known: Revocation[] = [];
  let state: 'well' | 'hanging' | 'failing' = 'well';
  let bend = (page: FeedPage) => page;
  let waiting: { after: FeedPosition; answer: (page: FeedPage) => void; refuse: (error: Error) => void }[] = [];

  const position = (): FeedPosition => ({ generation: String(generation), sequence });
  const pageAfter = (after: FeedPosition): FeedPage => {
    const isOurs = after.generation === String(generation);
    return { position: position(), entries: isOurs ? log.filter((entry) => entry.sequence > after.sequence).slice(0, pageLength) : [] };
  };
  const isNews = ({ entries, position: { generation: name, sequence: last } }: FeedPage, after: FeedPosition) =>
    entries.length > 0 || name !== after.generation || last !== after.sequence;
  const answerAll = (isDue: (page: FeedPage, after: FeedPosition) => boolean) => {
    if (state !== 'well') return;
    const all = waiting;
    waiting = [];
    for (const one of all) {
      const page = pageAfter(one.after);
      if (!isDue(page, one.after)) waiting.push(one);
      else {
        one.answer(bend(page));
        bend = (same) => same;
      }
    }
  };
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve));

  return {
    calls,
    async snapshot(signal) {
      calls.snapshots += 1;
      if (state === 'failing') throw new Error('The feed is down');
      if (state === 'hanging') return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      return { position: position(), revocations: [...known] };
    },
    read(after, { waitSeconds, signal }) {
      calls.reads += 1;
      calls.lastWaitSeconds = waitSeconds;
      if (state === 'failing') return Promise.reject(new Error('The feed is down'));
      return new Promise<FeedPage>((answer, refuse) => {
        const abort = () => refuse(signal.reason as Error);
        signal.addEventListener('abort', abort);
        waiting.push({ after, refuse, answer: (page) => (signal.removeEventListener('abort', abort), answer(page)) });
        answerAll(isNews);
      });
    },
    revoke(revocation) {
      known.push(revocation);
      log.push({ sequence: (sequence += 1), revocation });
      answerAll(isNews);
    },
    async beat() {
      answerAll(() => true);
      await settle();
    },
    hang: () => void (state = 'hanging'),
    fail() {
      state = 'failing';
      for (const { refuse } of waiting.splice(0)) refuse(new Error('The feed is down'));
    },
    heal() {
      state = 'well';
      answerAll(isNews);
    },
    trim: () => void (log = []),
    restart({ keep } = { keep: false }) {
      generation += 1;
      sequence = 0;
      log = [];
      if (!keep) known = [];
      answerAll(isNews);
    },
    tamper: (next) => void (bend = next),
  };
}
