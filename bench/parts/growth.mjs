// Whether the cost of one stays the same as there are more: proofs alive in the memory store, clients at the verifier,
// origins in one client. The ratio is the cost with one ÷ the cost with so many: flat within 1.3 is 0.77 and above.
import { randomInt } from 'node:crypto';
import { createKeybound } from '../../dist/index.js';
import { compare } from '../lib/compare.mjs';
import { LIFE_SECONDS, openStore, throughput } from '../lib/replay-process.mjs';
import { ALGORITHMS, makeRequests, population } from '../lib/requests.mjs';
import { keybound } from '../lib/verifiers.mjs';

const BASELINE = '1';
const FLAT = 1.3;
const ES256 = ALGORITHMS.find(({ name }) => name === 'ES256');
const CHUNK = 1000;
/** Where the caches, as they are by default, have room for the last clients, and have no more: more sizes. */
const BESIDE_THE_KNEE = [2000, 5000];
/** More clients than those caches have room for. */
const MORE_THAN_REMEMBERED = 10_000;

/** 1, 10, 100 … */
const powersOfTen = (most) => Array.from({ length: Math.floor(Math.log10(most)) + 1 }, (_, power) => 10 ** power);

/** Contenders by size. */
async function bySize(sizes, create) {
  const contenders = {};
  for (const size of sizes) contenders[size] = await create(size);
  return contenders;
}

/** Nanoseconds of the processor for one, since other work on the machine is nobody's time here. */
async function processorTime(count, work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / count;
}

/**
 * Proofs live for 71 seconds, or shorter, so that at least a hundred a second come: what a store does as time goes by is
 * shared by those. Whoever forgets some seconds late, as Keybound does by up to four, holds some hundreds at the least.
 * Each size is turned over once before it is measured.
 */
function spending(name, most, count) {
  return (live) => {
    const store = openStore(name, { live, perSecond: Math.max(100, live / LIFE_SECONDS), maxEntries: Math.round(1.1 * most) });
    store.spendMany(Math.max(live, count), throughput());
    return () => {
      const time = throughput();
      store.spendMany(count, time);
      return (time.seconds() / count) * 1e9;
    };
  };
}

/** So many of them, taken at random. */
const draw = (all, count) => Array.from({ length: count }, () => all[randomInt(all.length)]);

/** A verifier that has seen so many clients, the last of them just now, and then requests of theirs, each of a client taken at random. */
function verifying(people, options, { count, remembered = Infinity }) {
  return async (size) => {
    const known = people.clients.slice(0, size);
    const verifier = keybound(people, ES256, options);
    const [first] = await makeRequests(people, 1);
    const nonce = await verifier.nonce(first);
    const verifyAll = async (clients) => {
      const requests = await makeRequests({ ...people, clients }, clients.length, { nonce });
      return processorTime(requests.length, async () => {
        for (const request of requests) await verifier.verify(request);
      });
    };
    for (let at = Math.max(0, size - remembered); at < size; at += CHUNK) await verifyAll(known.slice(at, at + CHUNK));
    return () => verifyAll(draw(known, count));
  };
}

/** A client that may call so many origins, and does so in turn; the network answers at once, with a nonce. */
function sending(count) {
  return async (size) => {
    const origins = Array.from({ length: size }, (_, index) => `https://api-${index}.example.com`);
    const fetch = async (request) => new Response(null, { headers: { 'DPoP-Nonce': `of ${new URL(request.url).host}` } });
    const client = await createKeybound({ name: `growth of ${size}`, fetch });
    const api = client.protect({ origins, accessToken: () => 'x'.repeat(900) });
    const send = async (index) => {
      const { status } = await api(`${origins[index % size]}/orders`);
      if (status !== 200) throw new Error(`Answered ${status}`);
    };
    for (const index of origins.keys()) await send(index);
    const measure = () => processorTime(count, async () => {
      for (let index = 0; index < count; index += 1) await send(index);
    });
    return Object.assign(measure, { close: () => client.close() });
  };
}

/** From where on, and for good, one costs more than 1.3 times what it costs alone. */
function knee(contenders) {
  const isFlat = ([, { ratio }]) => ratio.median >= 1 / FLAT;
  const [costly] = Object.entries(contenders).slice(Object.entries(contenders).findLastIndex(isFlat) + 1);
  return { [`more than ${FLAT} times as much from`]: costly ? Number(costly[0]) : 'nowhere' };
}

/** @param {{ rounds: number, scale: number, progress: (text: string) => void }} terms `scale` is the largest sizes' as well */
export async function run({ rounds, scale, progress }) {
  const results = {};
  const measure = async (title, sizes, create) => {
    progress(`${title}: making ready`);
    const contenders = await bySize(sizes, create);
    const tell = (done, all) => progress(`${title}: ${done} of ${all}`);
    results[title] = await compare(contenders, { rounds, baseline: BASELINE, progress: tell });
    for (const { close } of Object.values(contenders)) close?.();
  };

  const entries = Math.max(1000, 1_000_000 * scale);
  for (const name of ['keybound spend', 'Map']) {
    await measure(`proofs alive, ${name}`, powersOfTen(entries), spending(name, entries, Math.max(1000, 200_000 * scale)));
  }

  const most = Math.max(100, 100_000 * scale);
  const clients = [...powersOfTen(most), ...BESIDE_THE_KNEE.filter((size) => size < most)].sort((a, b) => a - b);
  progress('clients: making their keys and tokens');
  const people = await population(ES256, clients.at(-1));
  const count = Math.round(1500 * scale);
  const sized = { tokenCacheBytes: 2 ** 29, keyCacheBytes: 2 ** 30 };
  await measure('clients at the verifier, caches by default', clients, verifying(people, {}, { count, remembered: MORE_THAN_REMEMBERED }));
  await measure('clients at the verifier, caches sized for them', clients, verifying(people, sized, { count }));

  await measure('origins in one client', powersOfTen(100), sending(Math.round(4000 * scale)));
  return {
    unit: 'ns of the processor',
    baseline: BASELINE,
    results,
    observed: { 'where growth is felt': Object.fromEntries(Object.entries(results).map(([title, contenders]) => [title, knee(contenders)])) },
  };
}
