// One replay store in a process of its own, so that one's garbage is not another's stall: `measureApart` starts it, and it
// prints what it has measured.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LRUCache } from 'lru-cache';
import { memoryReplayStore } from '../../dist/resource-server.js';

/** How long a proof is remembered, about, where it may be a minute old. */
export const LIFE_SECONDS = 71;
const START_SECONDS = 1_800_000_000;
const CHUNK = 1000; // small, so that the keys of a request are as near as they are when a verifier has just made them
const CLIENTS = 100_000;
const ROOM = 1.1; // times what is alive: whoever has a cap, has this one

/** What people write: keys with their expiry, in order of their expiry, the expired ones taken from the front. */
function mapStore(nowSeconds) {
  const spent = new Map();
  let inOrder;
  let oldest;
  return (key, expiresAtSeconds) => {
    const now = nowSeconds();
    for (; oldest && oldest[1] <= now; oldest = inOrder.next().value) spent.delete(oldest[0]);
    if (spent.has(key)) return false;
    spent.set(key, expiresAtSeconds);
    oldest ??= (inOrder = spent.entries()).next().value;
    return true;
  };
}

/** lru-cache with a time to live; past its cap it forgets proofs that are still good, which a replay store must not. */
function lruStore(nowSeconds, maxEntries) {
  const perf = { now: () => nowSeconds() * 1000 };
  // It reads the clock each time: by default it looks again after a timer, and none fires while this is measured.
  const spent = new LRUCache({ max: maxEntries, ttl: LIFE_SECONDS * 1000, ttlResolution: 0, perf });
  return (key, expiresAtSeconds) => {
    if (spent.has(key)) return false;
    spent.set(key, true, { ttl: expiresAtSeconds * 1000 - perf.now() });
    return true;
  };
}

const memory = (nowSeconds, maxEntries) => memoryReplayStore({ maxEntries, maxEntriesPerKey: 1_000_000, nowSeconds });

/** How a proof is spent in each of them; in `nothing` it is not, which shows what the measuring itself costs. */
const SPENDERS = {
  nothing: () => async () => undefined,
  Map(nowSeconds) {
    const claim = mapStore(nowSeconds);
    return async ({ proof }) => claim(proof.key, proof.expiresAtSeconds);
  },
  'lru-cache'(nowSeconds, maxEntries) {
    const claim = lruStore(nowSeconds, maxEntries);
    return async ({ proof }) => claim(proof.key, proof.expiresAtSeconds);
  },
  'keybound claim'(nowSeconds, maxEntries) {
    const store = memory(nowSeconds, maxEntries);
    return ({ proof }) => store.claim(proof.key, proof.expiresAtSeconds);
  },
  'keybound spend'(nowSeconds, maxEntries) {
    const store = memory(nowSeconds, maxEntries);
    return (request) => store.spend(request);
  },
};

/** The stores, by name. */
export const STORES = Object.keys(SPENDERS);

/** Requests of clients taken at random; one call for all random bytes of a chunk, so that the caches stay as they are. */
function* requests(count) {
  for (let made = 0; made < count; made += CHUNK) {
    const random = randomBytes(20 * CHUNK);
    yield Array.from({ length: CHUNK }, (_, index) => ({
      proof: { key: `proof:${random.toString('base64url', 20 * index, 20 * index + 16)}`, expiresAtSeconds: 0 },
      jkt: thumbprint(random.readUInt32LE(20 * index + 16) % CLIENTS),
    }));
  }
}

let thumbprints;
const thumbprint = (client) => (thumbprints ??= randomBytes(32 * CLIENTS)).toString('base64url', 32 * client, 32 * client + 32);

function memoryBytes() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Counts the seconds of what it is given to do. */
export function throughput() {
  let seconds = 0;
  // Processor time, since other work on the machine is nobody's time here.
  const time = (work) => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    seconds += (user + system) / 1e6;
  };
  return Object.assign(time, { one: (work) => work(), seconds: () => seconds });
}

const BATCH = 100;

/** Reads for how many milliseconds this thread was ready and another had the processor, where the system tells (Linux); else 0. */
function openWaiting() {
  const text = Buffer.alloc(80);
  try {
    const file = openSync('/proc/thread-self/schedstat', 'r');
    return () => Number(text.latin1Slice(0, readSync(file, text, 0, text.length, 0)).split(' ')[1]) / 1e6;
  } catch {
    return () => 0;
  }
}

/**
 * The longest single call by the clock on the wall, garbage collection included; and the longest of what was the process'
 * own. No call counts there as more than the hundred around it took of the clock without the waiting for a processor,
 * nor as more than what went into them of the processor's time. What the machine itself was not given is still in it.
 */
function longest() {
  const found = { milliseconds: 0, ownMilliseconds: 0 };
  const waiting = openWaiting();
  const begin = () => ({ calls: 0, milliseconds: 0, cpu: process.cpuUsage(), waited: waiting(), start: performance.now() });
  let batch;
  const one = (work) => {
    batch ??= begin();
    const start = performance.now();
    work();
    const end = performance.now();
    batch.milliseconds = Math.max(batch.milliseconds, end - start);
    if ((batch.calls += 1) < BATCH) return;
    const { user, system } = process.cpuUsage(batch.cpu);
    const own = Math.min(batch.milliseconds, (user + system) / 1000, end - batch.start - (waiting() - batch.waited));
    found.milliseconds = Math.max(found.milliseconds, batch.milliseconds);
    found.ownMilliseconds = Math.max(found.ownMilliseconds, own);
    batch = undefined;
  };
  return Object.assign((work) => work(), { one, found });
}

async function assertSpendsOnce(spend, { nowSeconds }) {
  const first = { proof: { key: 'first', expiresAtSeconds: nowSeconds + 60 }, jkt: thumbprint(0) };
  const outcomes = [await spend(first), await spend(first)].join();
  if (!['true,false', 'spent,proof_replayed', ','].includes(outcomes)) throw new Error(`It does not work: ${outcomes}`);
}

/** One of the stores. Its `spendMany` spends so many proofs, of which `live` are alive at a time, at that rate. */
export function openStore(name, { live, maxEntries = Math.round(ROOM * live), perSecond = live / LIFE_SECONDS }) {
  const clock = { nowSeconds: START_SECONDS };
  const spend = SPENDERS[name](() => clock.nowSeconds, maxEntries);
  const spendMany = (count, time) => {
    for (const chunk of requests(count)) {
      time(() => {
        for (const request of chunk) {
          clock.nowSeconds += 1 / perSecond;
          request.proof.expiresAtSeconds = clock.nowSeconds + live / perSecond;
          time.one(() => spend(request));
        }
      });
    }
  };
  return { spendMany, assertSpendsOnce: () => assertSpendsOnce(spend, clock) };
}

async function measure(name, live) {
  thumbprint(0); // they are the measuring's own
  const before = memoryBytes();
  const store = openStore(name, { live });
  const growing = longest();
  store.spendMany(live, growing);
  const bytes = (memoryBytes() - before) / live;
  const steady = throughput();
  store.spendMany(live, steady);
  const turning = longest();
  store.spendMany(live / 2, turning);
  const steadyBytes = (memoryBytes() - before) / live;
  await store.assertSpendsOnce();
  const longestOf = (field) => Math.max(growing.found[field], turning.found[field]) * 1e6;
  return {
    bytes,
    steadyBytes,
    nanoseconds: (steady.seconds() / live) * 1e9,
    longestNanoseconds: longestOf('milliseconds'),
    ownLongestNanoseconds: longestOf('ownMilliseconds'),
  };
}

/** Measures one of the stores, with so many entries alive, in a fresh process. */
export function measureApart(name, live) {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), `--store=${name}`, `--live=${live}`];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { store: { type: 'string' }, live: { type: 'string' } } });
  console.log(JSON.stringify(await measure(values.store, Number(values.live))));
}
