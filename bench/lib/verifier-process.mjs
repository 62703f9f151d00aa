// What one request costs a verifier in calls of the platform's crypto, or in memory, in a process of its own: `countApart`
// starts it, and it prints what it has counted. The first needs functions that count, the second functions as they are and
// so much room for young objects that nothing is collected in between.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { watchCalls } from './platform-calls.mjs';

const [, script, what] = process.argv;
const isMain = script === fileURLToPath(import.meta.url);
const counted = isMain && what === 'calls' ? watchCalls() : undefined;

const COUNTED = { calls: 20, bytes: 400 };
const WARM_UPS = { calls: 1, bytes: 3 }; // so that what is run often is compiled
const YOUNG_MEBIBYTES = 256;
const CLIENTS = 16;
/** Whose bytes are counted: it makes hardly a difference. */
const OF_BYTES = 'ES256';

/** @param {'calls' | 'bytes'} kind */
export function countApart(kind) {
  const room = ['--expose-gc', `--min-semi-space-size=${YOUNG_MEBIBYTES}`, `--max-semi-space-size=${YOUNG_MEBIBYTES}`];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...room, fileURLToPath(import.meta.url), kind], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** A request of each kind, as makers of so many; and what the verifier says to them, where it does not take them. */
async function kindsOf({ everybody, nonce, makeRequests, createProof, url }) {
  const people = { ...everybody, clients: everybody.clients.slice(0, CLIENTS) };
  const strangers = everybody.clients.slice(CLIENTS);
  const make = (count, options) => makeRequests(people, count, { nonce, ...options });
  const change = (alter) => async (count) => (await make(count)).map(alter);
  const spent = await make(COUNTED[what]);
  const forMethod = (method) => async (count) => Promise.all((await make(count)).map(async (request, index) => {
    const { signer } = people.clients[index % people.clients.length];
    return { ...request, dpop: await createProof(signer, { method, url, accessToken: request.accessToken, nonce }) };
  }));
  return {
    'a token seen before': { make },
    'first sight of a token': { make: (count) => make(count, { isNew: true }) },
    'first sight of a client': { make: (count) => makeRequests({ ...everybody, clients: strangers.splice(0, count) }, count, { nonce }) },
    'refused: no nonce': { make: (count) => make(count, { nonce: undefined }), code: 'bad_or_missing_nonce' },
    'refused: a proof for another method': { make: forMethod('POST'), code: 'method_mismatch' },
    'refused: a wrong signature': { make: change((request) => ({ ...request, dpop: withWrongSignature(request.dpop) })), code: 'bad_proof_signature' },
    'refused: a proof that is none': { make: change((request) => ({ ...request, dpop: 'x'.repeat(600) })), code: 'malformed_proof' },
    'refused: a spent proof': { make: async () => spent, first: spent, code: 'proof_replayed' },
  };
}

/** Its first character is another one. */
function withWrongSignature(proof) {
  const at = proof.lastIndexOf('.') + 1;
  return `${proof.slice(0, at)}${proof[at] === 'A' ? 'B' : 'A'}${proof.slice(at + 1)}`;
}

async function verifyAll({ verify }, requests, code) {
  for (const request of requests) {
    const outcome = await verify(request).then(() => undefined, ({ message }) => message);
    if (outcome !== code) throw new Error(`${outcome}, not ${code}`);
  }
}

async function bytesOf(work) {
  globalThis.gc();
  globalThis.gc();
  const before = process.memoryUsage();
  await work();
  const after = process.memoryUsage();
  return after.heapUsed + after.external - before.heapUsed - before.external;
}

/** Per request: the calls by their names, or the bytes. */
async function costOf(verifier, requests, code) {
  const work = () => verifyAll(verifier, requests, code);
  if (!counted) return Math.round((await bytesOf(work)) / requests.length);
  const counts = Object.entries(await counted(work)).filter(([, count]) => count > 0);
  return Object.fromEntries(counts.map(([name, count]) => [name, count / requests.length]));
}

async function measure() {
  // Only now, that what they load may be watched.
  const [{ ALGORITHMS, makeRequests, population, url }, { keybound }, { createProof }] = await Promise.all([
    import('./requests.mjs'), import('./verifiers.mjs'), import('../../dist/index.js'),
  ]);
  const [runs, count] = [WARM_UPS[what] + 1, COUNTED[what]];
  const costs = {};
  for (const algorithms of ALGORITHMS.filter(({ name }) => what === 'calls' || name === OF_BYTES)) {
    const everybody = await population(algorithms, CLIENTS + runs * count);
    const now = Math.floor(Date.now() / 1000); // it stands still: with time come other nonces
    const verifier = keybound(everybody, algorithms, { nowSeconds: () => now });
    const nonce = await verifier.nonce((await makeRequests(everybody, 1))[0]);
    const kinds = await kindsOf({ everybody, nonce, makeRequests, createProof, url });
    costs[algorithms.name] = {};
    for (const [kind, { make, first = [], code }] of Object.entries(kinds)) {
      await verifyAll(verifier, first);
      for (let run = 1; run <= runs; run += 1) costs[algorithms.name][kind] = await costOf(verifier, await make(count), code);
    }
  }
  return costs;
}

if (isMain) console.log(JSON.stringify(await measure()));
