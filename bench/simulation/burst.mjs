// Requests of one client that begin together, behind the real gate: nonces for many requests, and for single use. Time is
// the simulation's own; nothing waits.
import { decide } from '../../src/client/decide.ts';
import { createGate } from '../../src/client/gate.ts';
import { createRandom } from './random.mjs';

/** A request takes from 20 to 200 milliseconds. */
const ROUND_TRIP_SECONDS = [0.02, 0.2];
/** So many bursts each client sends: the first is with a nonce that is known already. */
const BURSTS = 4;

/** So many turns of the microtask queue settle whatever an answer has set off. */
const TURNS = 12;

/**
 * @param {object} terms
 * @param {number} terms.clients
 * @param {number} terms.seed
 * @param {number} terms.size how many begin together
 * @param {boolean} terms.singleUse
 * @param {number} [terms.turns]
 * @param {(place: Place) => (() => Promise<Sent>) | Promise<() => Promise<Sent>>} [terms.createSender] another client, for the test that compares
 * @returns {Promise<{ requests: number, extra: number, refused: number, seconds: number }>} percent of the requests, and how
 *   long a burst takes on average
 *
 * @typedef {{ attempts: number, ok: boolean }} Sent
 * @typedef {{ exchange: (nonce: string | undefined) => Promise<{ ok: boolean, challenged: boolean, nonce: string | undefined }> }} Place
 */
export async function simulateBursts({ clients, seed, size, singleUse, turns = TURNS, createSender = senderBehindGate }) {
  const random = createRandom();
  const count = { requests: 0, extra: 0, refused: 0, seconds: 0 };
  for (let number = 0; number < clients; number += 1) {
    random.begin(seed, number);
    const clock = createClock(turns);
    const sendOne = await createSender({ exchange: exchangeWith(createServer(singleUse), { clock, random }) });
    await oneClient({ sendOne, clock, size, count });
  }
  const percent = (value) => Math.round((value / count.requests) * 1e5) / 1e3;
  const seconds = Math.round((count.seconds / (clients * BURSTS)) * 1000) / 1000;
  return { requests: count.requests, extra: percent(count.extra), refused: percent(count.refused), seconds };
}

async function oneClient({ sendOne, clock, size, count }) {
  // The first request learns a nonce, and is not counted.
  await clock.run([sendOne()]);
  for (let burst = 0; burst < BURSTS; burst += 1) {
    const start = clock.seconds;
    const outcomes = await clock.run(Array.from({ length: size }, sendOne));
    count.seconds += clock.seconds - start;
    for (const { attempts, ok } of outcomes) {
      count.requests += 1;
      count.extra += attempts - 1;
      if (!ok) count.refused += 1;
    }
  }
}

/** The way there and back; the server sees the nonce in the middle. */
const exchangeWith = (server, { clock, random }) => async (nonce) => {
  const trip = random.between(...ROUND_TRIP_SECONDS);
  await clock.wait(trip / 2);
  const answer = server(nonce);
  await clock.wait(trip / 2);
  return answer;
};

/** Nonces that live for ever: for many, or for one request. */
function createServer(singleUse) {
  let made = 0;
  const alive = new Set();
  const issue = () => {
    made += 1;
    alive.add(String(made));
    return String(made);
  };
  return (nonce) => {
    const ok = singleUse ? alive.delete(nonce) : alive.has(nonce);
    return { ok, challenged: !ok, nonce: singleUse || !ok ? issue() : undefined };
  };
}

// As `carryProof` in src/client/send.ts.
function senderBehindGate({ exchange }) {
  const gate = createGate(false);
  return async () => {
    const tried = new Set();
    const { signal } = new AbortController();
    let nonce = await gate.enter(signal);
    try {
      for (let attempts = 1; ; attempts += 1) {
        tried.add(nonce);
        const answer = await exchange(nonce);
        gate.learn({ used: nonce, ...answer, isRetry: attempts > 1 });
        const next = decide({ ...answer, error: answer.challenged ? 'use_dpop_nonce' : undefined, tried, isLesson: false });
        if (next === 'return') return { attempts, ok: answer.ok };
        nonce = await gate.enter(signal, answer);
        if (tried.has(nonce)) nonce = answer.nonce;
      }
    } finally {
      gate.leave();
    }
  };
}

/** Who waits is woken in the order of time, and the next only when nothing is left to do. */
function createClock(turns) {
  const sleepers = [];
  let seconds = 0;
  return {
    get seconds() {
      return seconds;
    },
    wait: (span) => new Promise((wake) => {
      const at = seconds + span;
      const after = sleepers.findLastIndex((each) => each.at <= at);
      sleepers.splice(after + 1, 0, { at, wake });
    }),
    async run(all) {
      let isDone = false;
      const done = Promise.all(all).finally(() => (isDone = true));
      const settled = Promise.resolve();
      for (;;) {
        for (let turn = 0; turn < turns; turn += 1) await settled;
        const next = sleepers.shift();
        if (!next && isDone) return done;
        // A first proof waits for a hash, which is made elsewhere.
        if (!next) await new Promise(setImmediate);
        seconds = next?.at ?? seconds;
        next?.wake();
      }
    },
  };
}
