// What a request costs, counted: the real verifier over the real stores and a real redis-server of its own, which is asked
// by INFO and MEMORY USAGE. Commands and bytes are the same each time; microseconds are of this machine.
import { createResourceServer, memoryReplayStore, memoryRevocation, mirroredRevocation } from '../../dist/resource-server.js';
import { redisStores } from '../../dist/redis.js';
import { connectNodeRedis } from '../../test/support/redis-clients.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { spread } from '../lib/compare.mjs';
import { describeMachine } from '../lib/machine.mjs';
import { ALGORITHMS, audience, issuer, makeRequests, population, url } from '../lib/requests.mjs';

const [EDDSA] = ALGORITHMS;
const IN_FLIGHT = 32;
const SLICES = 8;
const SECRET = 'a secret of thirty-two bytes or more';
const { pathname, host } = new URL(url);

const round = (value, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits;

/** @param {{ scale: number, progress: (text: string) => void }} terms */
export async function measure({ scale, progress }) {
  const count = SLICES * Math.round(500 * scale);
  const server = await startRedis(['--io-threads', '1']);
  const connection = await connectNodeRedis(server.port);
  const redis = askedBy(server);
  try {
    const people = await population(EDDSA);
    const requests = {};
    progress('warming up');
    await measureRequests({ policy: 'window', mode: 'direct', count, people, client: connection.client, redis });
    for (const policy of ['none', 'window', 'single-use']) {
      for (const mode of ['direct', 'mirrored', 'no revocation']) {
        progress(`${policy}, ${mode}`);
        requests[`${policy}, ${mode}`] = await measureRequests({ policy, mode, count, people, client: connection.client, redis });
      }
    }
    progress('one process with its own memory');
    const alone = await measureAlone({ count, people });
    progress('memory');
    return {
      machine: describeMachine(),
      requests,
      alone,
      wire: await measureWire(people),
      memory: await measureMemory({ live: Math.round(100_000 * scale), client: connection.client, redis }),
      revocation: await measureRevocation({ count: Math.round(5000 * scale), client: connection.client, redis }),
      polls: await measurePolls({ client: connection.client, redis }),
    };
  } finally {
    connection.close();
    await server.stop();
  }
}

/** What INFO says, as numbers. */
function askedBy({ command }) {
  const info = async (section) => Object.fromEntries([...String(await command('INFO', section)).matchAll(/^(\w+[^:\r\n]*):(.*?)\r?$/gm)].map(([, name, value]) => [name, value]));
  return {
    command,
    async begin() {
      await command('FLUSHALL', 'SYNC');
      await command('SCRIPT', 'FLUSH');
      await command('CONFIG', 'RESETSTAT');
    },
    usedBytes: async () => Number((await info('memory')).used_memory),
    /** Calls and microseconds by command; bytes that came and went. */
    async stats() {
      const calls = Object.fromEntries(Object.entries(await info('commandstats')).map(([name, value]) => {
        const [, count, microseconds] = /calls=(\d+),usec=(\d+)/.exec(value);
        return [name.replace('cmdstat_', ''), { count: Number(count), microseconds: Number(microseconds) }];
      }));
      const { total_net_input_bytes: input, total_net_output_bytes: output } = await info('stats');
      return { calls, input: Number(input), output: Number(output) };
    },
    reset: () => command('CONFIG', 'RESETSTAT'),
  };
}

const serverOptions = ({ jwks }) => ({ issuers: [{ issuer, audience, keys: jwks, algorithms: [EDDSA.token] }], publicUrl: new URL(audience) });
const asked = ({ authorization, dpop }) => ({ method: 'GET', url: pathname, headers: [['host', host], ['authorization', authorization], ['dpop', dpop]] });

/** Requests that are good, each with the nonce that its policy wants. */
async function prepare({ resourceServer, people, count, policy }) {
  if (policy === 'none') return makeRequests(people, count);
  const bare = (await makeRequests(people, 1))[0];
  const nonceNow = async () => (await resourceServer.verify(asked(bare))).headers.get('DPoP-Nonce');
  if (policy === 'window') return makeRequests(people, count, { nonce: await nonceNow() });
  const requests = [];
  for (let index = 0; index < count; index += 1) requests.push((await makeRequests({ ...people, clients: [people.clients[index % people.clients.length]] }, 1, { nonce: await nonceNow() }))[0]);
  return requests;
}

/** Sends all of them, some at once; CPU microseconds of this process for each. */
async function verifyAll(resourceServer, requests) {
  let next = 0;
  const start = process.cpuUsage();
  const lane = async () => {
    while (next < requests.length) {
      const decision = await resourceServer.verify(asked(requests[next++]));
      if (!decision.ok) throw new Error(decision.code, { cause: decision.cause });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  const { user, system } = process.cpuUsage(start);
  return (user + system) / requests.length;
}

async function measureRequests({ policy, mode, count, people, client, redis }) {
  await redis.begin();
  const stores = redisStores(client, { maxEntriesPerKey: 1_000_000, epochLifetimeSeconds: 3600 });
  const mirror = mode === 'mirrored' ? mirroredRevocation({ source: stores.revocationFeed }) : undefined;
  const revocation = { direct: stores.revocation, mirrored: mirror, 'no revocation': undefined }[mode];
  const nonce = policy === 'none' ? { policy } : { policy, secret: SECRET };
  // Born a while ago, or `none` would refuse: its tolerance is 0 here, and a second is waited for.
  const resourceServer = createResourceServer({ ...serverOptions(people), replayStore: stores.replayStore, ...(revocation && { revocation }), nonce, clockToleranceSeconds: policy === 'none' ? 0 : 10 });
  await stores.ready();
  await mirror?.ready();
  if (policy === 'none') await new Promise((resolve) => setTimeout(resolve, 2100));
  const warmUp = await prepare({ resourceServer, people, count: IN_FLIGHT, policy });
  await verifyAll(resourceServer, warmUp);
  const requests = await prepare({ resourceServer, people, count, policy });
  mirror?.close();
  const slices = [];
  for (let start = 0; start < count; start += count / SLICES) slices.push(await measureSlice(requests.slice(start, start + count / SLICES), { resourceServer, redis }));
  // What is counted is the same in each; of the times the median, for what else the machine does.
  const [{ calls, input, output, size }] = slices;
  const inside = Object.entries(calls).filter(([name]) => !['evalsha', 'config|resetstat', 'config', 'info'].includes(name));
  return {
    sent: round(calls.evalsha.count / size, 2),
    redisMicroseconds: round(spread(slices.map((slice) => slice.redisMicroseconds)).median),
    cpuMicroseconds: round(spread(slices.map((slice) => slice.cpuMicroseconds)).median, 0),
    // INFO is called by the script, and by us.
    commands: Object.fromEntries([['info', 1], ...inside.map(([name, { count: times }]) => [name, round(times / size, 2)])].filter(([, times]) => times > 0)),
    bytesToRedis: round(input / size, 0),
    bytesFromRedis: round(output / size, 0),
  };
}

async function measureSlice(requests, { resourceServer, redis }) {
  const size = requests.length;
  await redis.reset();
  const cpuMicroseconds = await verifyAll(resourceServer, requests);
  const stats = await redis.stats();
  return { ...stats, size, cpuMicroseconds, redisMicroseconds: stats.calls.evalsha.microseconds / size };
}

async function measureAlone({ count, people }) {
  const replayStore = memoryReplayStore({ maxEntriesPerKey: 1_000_000 });
  const resourceServer = createResourceServer({ ...serverOptions(people), replayStore, revocation: memoryRevocation(), nonce: { policy: 'window', secret: SECRET, lifetimeSeconds: 3600 } });
  await verifyAll(resourceServer, await prepare({ resourceServer, people, count, policy: 'window' }));
  return { cpuMicroseconds: round(await verifyAll(resourceServer, await prepare({ resourceServer, people, count, policy: 'window' })), 0) };
}

/** Bytes of header lines, with their line ends. */
async function measureWire(people) {
  const replayStore = memoryReplayStore();
  const resourceServer = createResourceServer({ ...serverOptions(people), replayStore });
  const [bare] = await makeRequests(people, 1);
  const { headers } = await resourceServer.verify(asked(bare));
  const [{ dpop, authorization }] = await makeRequests(people, 1, { nonce: headers.get('DPoP-Nonce') });
  const line = (name, value) => name.length + 2 + value.length + 2;
  const all = [...headers].reduce((sum, [name, value]) => sum + line(name, value), 0);
  const nonce = line('DPoP-Nonce', headers.get('DPoP-Nonce')) + line('Cache-Control', 'no-store');
  return { proofBytes: line('DPoP', dpop), tokenBytes: line('Authorization', authorization), nonceBytes: nonce, challengeBytes: all };
}

/** Bytes that Redis uses for each live thing, its tables included. */
async function measureMemory({ live, client, redis }) {
  const soon = Date.now() / 1000 + 3600;
  const key = (kind, index) => `${kind}:${String(index).padStart(22, '0')}`;
  const owner = (index) => String(index).padStart(43, '0');
  const spendings = {
    proof: (index) => ({ proof: { key: key('proof', index), expiresAtSeconds: soon }, jkt: owner(0) }),
    'proof and nonce': (index) => ({ proof: { key: key('proof', index), expiresAtSeconds: soon }, nonce: { key: key('nonce', index), expiresAtSeconds: soon }, jkt: owner(0) }),
    'proof and quota': (index) => ({ proof: { key: key('proof', index), expiresAtSeconds: Date.now() / 1000 + 80 }, jkt: String(index).padStart(22, '0').padEnd(43, '0') }),
  };
  const bytes = {};
  for (const [name, make] of Object.entries(spendings)) {
    await redis.begin();
    const { replayStore, ready } = redisStores(client, { maxEntriesPerKey: 1e9, operationTimeoutSeconds: 30 });
    await ready();
    await replayStore.spend(make(-1));
    const before = await redis.usedBytes();
    for (let start = 0; start < live; start += 500) {
      const outcomes = await Promise.all(Array.from({ length: 500 }, (_, index) => replayStore.spend(make(start + index))));
      if (outcomes.some((outcome) => outcome !== 'spent')) throw new Error(`Not spent: ${outcomes[0]}`);
    }
    bytes[name] = round(((await redis.usedBytes()) - before) / live, 0);
    if (name === 'proof') bytes['one key, by MEMORY USAGE'] = Number(await redis.command('MEMORY', 'USAGE', `{keybound:0}${key('proof', 0)}`));
  }
  return { live, bytes };
}

async function measureRevocation({ count, client, redis }) {
  const expiresAtSeconds = Math.ceil(Date.now() / 1000) + 300;
  const bytes = {};
  let commands;
  for (const shards of [1, 4]) {
    await redis.begin();
    const { revocation, ready } = redisStores(client, { shards, operationTimeoutSeconds: 30 });
    await ready();
    await revocation.revoke({ jti: 'the first one', expiresAtSeconds });
    const before = await redis.usedBytes();
    await redis.reset();
    for (let start = 0; start < count; start += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => revocation.revoke({ jti: `${crypto.randomUUID().slice(0, 30)}${String(start + index).padStart(6, '0')}`, expiresAtSeconds })));
    }
    bytes[shards] = ((await redis.usedBytes()) - before) / count;
    commands ??= round((await redis.stats()).calls.evalsha.count / count, 0);
  }
  const perFurtherShard = (bytes[4] - bytes[1]) / 3;
  return { bytes: round(bytes[1], 0), bytesPerFurtherShard: round(perFurtherShard, 0), commandsPerShard: commands - 1, commandsForTheFeed: 1 };
}

/** What a mirror asks while nothing happens, and what a reading of the epoch costs. */
async function measurePolls({ client, redis }) {
  await redis.begin();
  const stores = redisStores(client, {});
  const mirror = mirroredRevocation({ source: stores.revocationFeed });
  await mirror.ready();
  await redis.reset();
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const seconds = (performance.now() - start) / 1000;
  const { calls } = await redis.stats();
  mirror.close();
  const fresh = redisStores(client, { epochLifetimeSeconds: 0 });
  await fresh.ready();
  await redis.reset();
  for (let index = 0; index < 500; index += 1) await fresh.replayStore.epoch();
  const readings = (await redis.stats()).calls.evalsha;
  return {
    mirrorPerSecond: round(calls.evalsha.count / seconds, 0),
    mirrorMicroseconds: round(calls.evalsha.microseconds / calls.evalsha.count),
    epochMicroseconds: round(readings.microseconds / readings.count),
  };
}
