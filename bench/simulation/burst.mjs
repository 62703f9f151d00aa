// Requests of one client that begin together, behind the real gate: nonces for many requests, and for single use. Time is
// the simulation's own; nothing waits.
import { decide } from '../../src/client/decide.ts';
import { createGate } from '../../src/client/gate.ts';
import { createRandom } from './random.mjs';

/** A request takes from 20 to 200 milliseconds. */
const ROUND_TRIP_SECONDS = [0.02, 0.2];
/** So many bursts each client sends: the first is with a nonce that is known already. */
const BURSTS = 4;

/** So many turns of the microtask queue settle whatever an answer has set off; a test counts them. */
const TURNS = 12;

/**
 * @param {{ clients: number, seed: number, size: number, singleUse: boolean }} terms `size` is how many begin together
 * @returns {Promise<{ requests: number, extra: number, refused: number, seconds: number }>} percent of the requests, and how
 *   long a burst takes on average
 */
export async function simulateBursts({ clients, seed, size, singleUse }) {
  const random = createRandom();
  const count = { requests: 0, extra: 0, refused: 0, seconds: 0 };
  for (let number = 0; number < clients; number += 1) {
    random.begin(seed, number);
    await oneClient({ random, size, singleUse, count });
  }
  const percent = (value) => Math.round((value / count.requests) * 1e5) / 1e3;
  const seconds = Math.round((count.seconds / (clients * BURSTS)) * 1000) / 1000;
  return { requests: count.requests, extra: percent(count.extra), refused: percent(count.refused), seconds };
}

async function oneClient({ random, size, singleUse, count }) {
  const gate = createGate(false);
  const server = createServer(singleUse);
  const clock = createClock();
  // The first request learns a nonce, and is not counted.
  await clock.run([request({ gate, server, clock, random })]);
  for (let burst = 0; burst < BURSTS; burst += 1) {
    const start = clock.seconds;
    const outcomes = await clock.run(Array.from({ length: size }, () => request({ gate, server, clock, random })));
    count.seconds += clock.seconds - start;
    for (const { attempts, ok } of outcomes) {
      count.requests += 1;
      count.extra += attempts - 1;
      if (!ok) count.refused += 1;
    }
  }
}

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
async function request({ gate, server, clock, random }) {
  const tried = new Set();
  const { signal } = new AbortController();
  let nonce = await gate.enter(signal);
  try {
    for (let attempts = 1; ; attempts += 1) {
      tried.add(nonce);
      const trip = random.between(...ROUND_TRIP_SECONDS);
      await clock.wait(trip / 2);
      const answer = server(nonce);
      await clock.wait(trip / 2);
      gate.learn({ used: nonce, ...answer, isRetry: attempts > 1 });
      const next = decide({ ...answer, error: answer.challenged ? 'use_dpop_nonce' : undefined, tried, isLesson: false });
      if (next === 'return') return { attempts, ok: answer.ok };
      nonce = await gate.enter(signal, answer);
      if (tried.has(nonce)) nonce = answer.nonce;
    }
  } finally {
    gate.leave();
  }
}

/** Who waits is woken in the order of time, and the next only when nothing is left to do. */
function createClock() {
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
      const done = Promise.all(all);
      for (;;) {
        for (let turn = 0; turn < TURNS; turn += 1) await undefined;
        const next = sleepers.shift();
        if (!next) return done;
        seconds = next.at;
        next.wake();
      }
    },
  };
}
