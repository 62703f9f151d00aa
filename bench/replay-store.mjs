// How the memory replay store does with a million live entries, beside a Map in the same run:
//   node --import ./scripts/typescript.mjs bench/replay-store.mjs [--live=1000000] [--rounds=5]
// Each round is a fresh process for each store, one after the other, so that one's garbage is not the other's stall.
// Printed: medians over the rounds, and the ratio of the two times in one round.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { memoryReplayStore } from '../src/stores/memory-replay-store.ts';

const LIFE_SECONDS = 71;
const START_SECONDS = 1_800_000_000;
const CHUNK = 1000; // small, so that the keys of a request are as near as they are when a verifier has just made them
const CLIENTS = 100_000;

const { values: options } = parseArgs({
  options: {
    live: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    spender: { type: 'string' },
  },
});
const live = Number(options.live);

/** What people write: keys with their expiry, in order of their expiry, the expired ones taken from the front. */
function mapStore(nowSeconds) {
  const spent = new Map();
  let inOrder;
  let oldest;
  return {
    async claim(key, expiresAtSeconds) {
      const now = nowSeconds();
      for (; oldest && oldest[1] <= now; oldest = inOrder.next().value) spent.delete(oldest[0]);
      if (spent.has(key)) return false;
      spent.set(key, expiresAtSeconds);
      oldest ??= (inOrder = spent.entries()).next().value;
      return true;
    },
  };
}

const memory = (nowSeconds) => memoryReplayStore({ maxEntries: Math.round(1.1 * live), maxEntriesPerKey: 1_000_000, nowSeconds });

/** How a proof is spent in each of them; in `none` it is not, which shows what the measuring itself costs. */
const spenders = {
  none: () => async () => undefined,
  map(nowSeconds) {
    const store = mapStore(nowSeconds);
    return ({ proof }) => store.claim(proof.key, proof.expiresAtSeconds);
  },
  claim(nowSeconds) {
    const store = memory(nowSeconds);
    return ({ proof }) => store.claim(proof.key, proof.expiresAtSeconds);
  },
  spend(nowSeconds) {
    const store = memory(nowSeconds);
    return (request) => store.spend(request);
  },
};

const thumbprints = randomBytes(32 * CLIENTS);

function thumbprint(client) {
  return thumbprints.toString('base64url', 32 * client, 32 * client + 32);
}

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

function memoryBytes() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Spends so many proofs, at the rate at which `live` of them are alive. */
function spendMany(spend, clock, count, time) {
  for (const chunk of requests(count)) {
    time(() => {
      for (const request of chunk) {
        clock.nowSeconds += LIFE_SECONDS / live;
        request.proof.expiresAtSeconds = clock.nowSeconds + LIFE_SECONDS;
        time.one(() => spend(request));
      }
    });
  }
}

function throughput() {
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

/**
 * The longest single call, by the clock on the wall, garbage collection included; and the longest in batches of calls in
 * which the system did not give the processor to somebody else.
 */
function longest() {
  const found = { milliseconds: 0, undisturbedMilliseconds: 0 };
  let batch = { calls: 0, milliseconds: 0, switches: 0 };
  const one = (work) => {
    const start = performance.now();
    work();
    batch.milliseconds = Math.max(batch.milliseconds, performance.now() - start);
    if ((batch.calls += 1) < BATCH) return;
    const switches = process.resourceUsage().involuntaryContextSwitches;
    found.milliseconds = Math.max(found.milliseconds, batch.milliseconds);
    if (switches === batch.switches) found.undisturbedMilliseconds = Math.max(found.undisturbedMilliseconds, batch.milliseconds);
    batch = { calls: 0, milliseconds: 0, switches };
  };
  return Object.assign((work) => work(), { one, found });
}

async function measure(name) {
  const clock = { nowSeconds: START_SECONDS };
  const before = memoryBytes();
  const spend = spenders[name](() => clock.nowSeconds);
  const growing = longest();
  spendMany(spend, clock, live, growing);
  const bytes = (memoryBytes() - before) / live;
  const steady = throughput();
  spendMany(spend, clock, live, steady);
  const turning = longest();
  spendMany(spend, clock, live / 2, turning);
  const steadyBytes = (memoryBytes() - before) / live;
  const first = { proof: { key: 'first', expiresAtSeconds: clock.nowSeconds + 60 }, jkt: thumbprint(0) };
  const outcomes = [await spend(first), await spend(first)].join();
  if (!['true,false', 'spent,proof_replayed', ','].includes(outcomes)) throw new Error(`It does not work: ${outcomes}`);
  return {
    bytes,
    steadyBytes,
    nanoseconds: (steady.seconds() / live) * 1e9,
    longestMilliseconds: Math.max(growing.found.milliseconds, turning.found.milliseconds),
    undisturbedMilliseconds: Math.max(growing.found.undisturbedMilliseconds, turning.found.undisturbedMilliseconds),
  };
}

function measureApart(name) {
  const args = ['--expose-gc', ...process.execArgv, fileURLToPath(import.meta.url), `--spender=${name}`, `--live=${live}`];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

function main() {
  const names = Object.keys(spenders);
  const rounds = Array.from({ length: Number(options.rounds) }, () => Object.fromEntries(names.map((name) => [name, measureApart(name)])));
  console.log(`${live} live entries, medians of ${rounds.length} rounds`);
  for (const name of names) {
    const all = (field) => rounds.map((round) => round[name][field]);
    const ratio = median(rounds.map((round) => round[name].nanoseconds / round.map.nanoseconds));
    console.log(
      `${name.padEnd(6)} ${median(all('bytes')).toFixed(1)} B an entry when full, ${median(all('steadyBytes')).toFixed(1)} after 1.5 turnovers; ` +
        `${median(all('nanoseconds')).toFixed(0)} ns, ${ratio.toFixed(2)} of the Map's; ` +
        `longest call ${median(all('longestMilliseconds')).toFixed(1)} ms, undisturbed ${median(all('undisturbedMilliseconds')).toFixed(1)} ms`,
    );
  }
}

if (options.spender) console.log(JSON.stringify(await measure(options.spender)));
else main();
