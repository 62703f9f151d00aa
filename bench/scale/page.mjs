// docs/scale.md, made of numbers: what was measured, what was simulated, and the arithmetic between them.
import { fleets } from '../simulation/experiments.mjs';
import { drawCharts, kneesOf } from './charts.mjs';
import { BUSY, bytesPerRequest, keptSeconds, plan, RATES } from './sizing.mjs';

const count = (value) => Math.round(value).toLocaleString('en-US');
const few = (value) => (value >= 100 ? count(value) : String(Number(value.toPrecision(2))));
const percent = (value) => `${few(value)} %`;
const bytes = (value) => (value >= 1e9 ? `${few(value / 1e9)} GB` : value >= 1e6 ? `${few(value / 1e6)} MB` : `${few(value / 1e3)} kB`);
const table = (heads, rows) => [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const at = (points, setting) => points.find(([x]) => x === setting);
const worst = (points, column) => Math.max(...points.map((point) => point[column]));

/** @returns {Record<string, string>} the page and its pictures, by their paths from the root */
export function makePage({ measured, simulated }) {
  const charts = Object.entries(drawCharts({ measured, simulated })).map(([name, svg]) => [`docs/scale/${name}`, svg]);
  return { 'docs/scale.md': pageOf({ measured, simulated }), ...Object.fromEntries(charts) };
}

function pageOf({ measured, simulated }) {
  const { large } = simulated;
  const knees = kneesOf(simulated);
  const plans = RATES.map((rate) => plan(rate, measured));
  const usual = at(large.lifetime['past half-life (window)'], 60);
  const steady = large.rotation['three steps'];
  const { machine } = measured;
  return `# Scale

From one process to a million requests a second: what a request costs, what a fleet needs, and what each knob does to honest
clients. The numbers are made by scripts. \`npm run bench:scale\` counts what a request costs, with the real verifier and the
real stores over a real Redis. \`npm run bench:simulate\` lets ${count(simulated.clients)} clients live through rotations, failovers and
wrong clocks. Both write this page, and a test fails where it is stale. How to set up a fleet is in
[operations](operations.md).

Commands and bytes are counted, and the same everywhere. Microseconds are of one machine (${machine.cores} cores, ${machine.processor}, Node
${machine.node.slice(1)}, ${machine.date}), and the plan rests on them: measure yours.

## What one request costs

![CPU of one request](scale/cost.svg)

${costTable(measured)}

- Each request is **one command** to Redis, a script that runs in one shard. What it does inside is counted too.
- A request carries a token (${count(measured.wire.tokenBytes)} bytes here) and a proof (${count(measured.wire.proofBytes)}). An answer with a new nonce is ${measured.wire.nonceBytes} bytes longer. A
  challenge is ${measured.wire.challengeBytes} bytes of headers and one more round trip.
- A process with a memory of its own needs ${count(measured.alone.cpuMicroseconds)} µs: the rest is the way to Redis.
- A live proof takes ${measured.memory.bytes.proof} bytes in Redis, tables included (over ${count(measured.memory.live)} of them; ${measured.memory.bytes['one key, by MEMORY USAGE']} by \`MEMORY USAGE\` alone). With a
  single-use nonce it is ${measured.memory.bytes['proof and nonce']}. The quota of a client key is ${measured.memory.bytes['proof and quota'] - measured.memory.bytes.proof} more, once for each key and shard that was active
  in the last 100 seconds.
- A live revocation takes ${measured.revocation.bytes} bytes in the first shard and ${measured.revocation.bytesPerFurtherShard} in each further one. \`revoke\` is one command for each shard, and
  one for the feed.
- An idle mirror asks ${measured.polls.mirrorPerSecond} times a second (${measured.polls.mirrorMicroseconds} µs each). A reading of the epoch takes ${measured.polls.epochMicroseconds} µs, once for each process and shard in
  \`epochLifetimeSeconds\`.

## From a hundred to a million

Policy \`window\`, revocation direct, all settings as they are by default. A process is planned ${BUSY.process * 100} % busy on a core of its own, a
Redis primary ${BUSY.redis * 100} %. At least two processes, so that one may die. Replicas of Redis come on top, and challenges: ${few(usual[1])} requests in a hundred come
twice, and the first time they cost no signature and no spending.

![What a fleet needs](scale/fleet.svg)

${fleetTable(plans)}

What breaks first, as the rate grows:

${limits(measured, plans)}

## Nonces: how long they live

Clients send a request every 5 to 500 seconds on average, each at its own pace, as many in each power. With the defaults
(\`window\`, 60 s) ${percent(usual[1])} of their requests need one more round trip, and ${percent(usual[3])} of the answers carry a new nonce. None is refused.

![Lifetime](scale/lifetime.svg)

- **The knee is at ${knees.lifetime} s.** Below, extra round trips grow fast. Above, what is gained is small, and a proof made in advance
  stays good for longer.
- A client that sends often hardly pays: every 10 s it is ${percent(at(large.lifetime['window, a request every 10 s'], 60)[1])}. A client that sends every 60 s pays ${percent(at(large.lifetime['window, a request every 60 s'], 60)[1])}: its nonce is
  dead half the time, whatever the server does.
- The next nonce past half-life is nearly as good as one with every answer (${percent(usual[1])} against ${percent(at(large.lifetime['with every answer (single-use)'], 60)[1])}), and costs a third of the
  headers. With challenges only it would be ${percent(at(large.lifetime['with a challenge only'], 60)[1])}.

**Single use** costs nothing in a row, and time in a burst: the client's gate lets requests go one after the other where each
needs a nonce of its own.

![Bursts](scale/bursts.svg)

${table(['at once', 'window: extra', 'single-use: extra', 'window: time', 'single-use: time'], large.bursts.window.map(([size, extra, , seconds], index) => {
    const [, otherExtra, , otherSeconds] = large.bursts['single-use'][index];
    return [size, percent(extra), percent(otherExtra), `${count(seconds * 1000)} ms`, `${count(otherSeconds * 1000)} ms`];
  }))}

## Changing the secret

Eight replicas, and 30 seconds until a deployment has reached all of them. The [three steps](operations.md#rotating-the-nonce-secret) cost nothing: extra
round trips stay between ${percent(Math.min(...steady.map(([, extra]) => extra)))} and ${percent(worst(steady, 1))}, as before.

![Rotation](scale/rotation.svg)

${table(['how', 'extra round trips, at worst', 'refused, at worst'], Object.entries(large.rotation).map(([name, points]) => [name, percent(worst(points, 1)), percent(worst(points, 2))]))}

- In one careless step, a nonce of one half of the replicas is nothing to the other half. A client is challenged up to four
  times, and then its request fails. The longer the rollout, the more: ${large.carelessRollout['one careless step'].map(([seconds, extra, refused]) => `${seconds} s: ${percent(extra)} extra, ${percent(refused)} refused`).join('; ')}.
- At once (0 s), as after a leak, it is one challenge for each client and nothing is refused.
- The wait before the third step has its knee at ${knees.rotationWait} s, for a lifetime of 60: most nonces are renewed at half of it. The last
  one dies after 60.

## Losing Redis

![Failover](scale/failover.svg)

- **A flush** is one challenge for each client, when it sends next: ${percent(worst(large.failover.flush, 1))} in the worst second. Nothing is refused.
- **A failover** that takes 3 seconds refuses (503) what comes in them. Then it is as after a flush.
- **Policy \`none\`** has no nonce to renew: everything is refused (503) for twice \`clockToleranceSeconds\`, so 20 s, after any loss.
  That is what tolerance costs there.
- **Replicas that lag behind** have forgotten what was spent last. Copies of it, sent to the new primary: ${behind(large.replicasBehind)}.
- Plan for twice the load in the seconds after. It falls off as the slow clients come back.

**A replica that has not noticed** gives nonces of the old epoch until it reads again. The first spending that it sends to Redis
tells it. So only idle replicas matter:

![Epoch](scale/epoch.svg)

With a request a second for each replica, refused requests in the 30 seconds after a flush are ${large.epochLifetime['1 a second'].map(([seconds, , refused]) => `${percent(refused)} at ${seconds} s`).join(', ')}.
Busy replicas may have 5 or more: that is what makes a million requests a second possible.

## Clocks

Of clients: nine in ten are right to a second, seven in a hundred wrong by up to a minute, three by up to a day.

![Clocks of clients](scale/client-skew.svg)

- **With nonces no honest client is refused**, whatever its clock. The server's time is in the nonce.
- Under \`none\`, a client that can read \`Date\` (CORS: \`Access-Control-Expose-Headers\`) corrects its clock at the first refusal. It takes
  differences of up to 5 seconds for the network's, so **a tolerance under 5 refuses clients for ever**: ${percent(at(large.clientSkew['none, Date readable'], 2)[2])} of all requests at
  2 s, ${percent(at(large.clientSkew['none, Date readable'], 5)[2])} at 5 s.
- Where \`Date\` is hidden, the default of 10 s refuses ${percent(at(large.clientSkew['none, Date hidden'], 10)[2])}; even 300 s refuses ${percent(at(large.clientSkew['none, Date hidden'], 300)[2])}.

Of verifiers: a nonce from a clock that is ahead by more than the tolerance is from the future.

![Clocks of verifiers](scale/server-skew.svg)

Up to \`clockToleranceSeconds\` between the slowest and the fastest nothing is felt. At three times that it is ${percent(at(large.serverSkew['tolerance 10'], 30)[1])} (from ${percent(at(large.serverSkew['tolerance 10'], 0)[1])}),
and at 60 s, ${percent(at(large.serverSkew['tolerance 10'], 60)[2])} are refused.

## What each knob costs

${knobTable(measured, simulated)}

## How it is simulated

Clients live one after the other, each from a number of its own made of the seed (${simulated.seed}), so two runs give the same bytes, and
a client lives the same life in a small population as in a large one. The table of retries (\`decide\`), the gate and the rule of
half-life (\`isDue\`) are the real code. Verifiers are a model: nonces say openly what the real ones prove. A test sends the same
requests through the real client to real verifiers, in ${Object.keys(fleets()).length} kinds of fleets, and compares each verdict; and bursts through the real
client. Not simulated: load, so
nothing gets slower when there is more of it; and lost packets.

The same with ${count(simulated.smallClients)} clients, which a test simulates again at each change:

${smallTable(simulated)}
`;
}

function costTable({ requests }) {
  const inside = ({ commands }) => Object.entries(commands).sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, times]) => `${times === 1 ? '' : `${times} `}${name.toUpperCase()}`).join(', ');
  return table(
    ['policy, revocation', 'commands', 'inside the script', 'Redis', 'verifier', 'to Redis', 'back'],
    Object.entries(requests).map(([name, cost]) => [
      name, cost.sent, inside(cost), `${cost.redisMicroseconds} µs`, `${cost.cpuMicroseconds} µs`, `${count(cost.bytesToRedis)} B`, `${count(cost.bytesFromRedis)} B`,
    ]),
  );
}

const fleetTable = (plans) =>
  table(
    ['requests a second', 'processes', 'Redis primaries', 'shards', 'spent proofs', 'to and from Redis', 'connections', '`epochLifetimeSeconds`', '100,000 revocations'],
    plans.map((each) => [
      count(each.rate), count(each.processes), each.primaries, each.shards, bytes(each.memoryBytes), `${bytes(each.networkBytes)}/s`,
      count(each.connections), each.epochLifetimeSeconds, bytes(each.bytesPerRevocation * 1e5),
    ]),
  );

function limits(measured, plans) {
  const { requests, alone } = measured;
  const window = requests['window, direct'];
  const most = plans.at(-1);
  const large = plans.at(-2);
  const oneCore = 1e6 / alone.cpuMicroseconds;
  const oneRedis = 1e6 / window.redisMicroseconds;
  const ownMemory = 1e6 / keptSeconds({ ...most.settings });
  return [
    `1. **100**: nothing. One process is ${percent((100 * window.cpuMicroseconds) / 1e4)} busy. A second one stands by. From two on they need Redis: what one has spent, the other must know.`,
    `2. **1,000**: nothing, but for single clients: \`maxEntriesPerKey\` (1000 in 100 seconds and shard) stops a key at 10 requests a second. Services that send under one key need more.`,
    `3. **10,000**: the processor. A core does ${count(oneCore)} a second with a memory of its own (less where it also answers), which would be full (\`maxEntries\`, 1,000,000) at ${count(ownMemory)} a second. Over Redis it does ${count(1e6 / window.cpuMicroseconds)}.`,
    `4. **100,000**: the one thread of Redis, busy all the time at ${count(oneRedis)} spendings a second. From here on there are several primaries, and \`shards\`: ${large.shards} here. A change of their number forgets what is spent and revoked: begin with more than you need.`,
    `5. **1,000,000**: what grows with processes × shards. With \`epochLifetimeSeconds\` of 0.5 there would be ${count(most.readingsByDefault)} readings of the epoch a second, ${percent((100 * most.readingsByDefault * measured.polls.epochMicroseconds) / 1e6 / most.primaries)} of each primary; with ${most.epochLifetimeSeconds} there are ${count(most.readings)}. Each revocation is ${most.commandsPerRevocation} commands and ${bytes(most.bytesPerRevocation)}. Mirrors would ask the first shard ${count(most.mirrorPollsPerSecond)} times a second, ${percent(100 * most.mirrorShare)} of its thread: set \`feedPollSeconds\` higher. And one primary that fails renews everybody's nonce: split into independent fleets before.`,
  ].join('\n');
}

function behind(results) {
  const [fenced, open] = [results['with the epoch'], results['if there were no epoch']];
  const copies = fenced.reduce((sum, [, , each]) => sum + each, 0);
  return `${percent(Math.max(...fenced.map(([, through]) => through)))} of ${count(copies)} get through (lags of ${fenced.map(([lag]) => lag).join(', ')} s); without the epoch it would be ${percent(Math.max(...open.map(([, through]) => through)))}`;
}

function knobTable(measured, simulated) {
  const { large } = simulated;
  const knees = kneesOf(simulated);
  const rate = 10_000;
  const row = (knob, given, extra, other) => {
    const { settings, cost, memoryBytes } = plan(rate, measured, given);
    return [knob, `${keptSeconds(settings)} s × ${bytesPerRequest(settings, measured)} B: ${bytes(memoryBytes)}`, `${cost.redisMicroseconds} µs, ${count(cost.bytesToRedis)} B`, extra, other];
  };
  const life = (line, seconds) => percent(at(large.lifetime[line], seconds)[1]);
  const ours = 'past half-life (window)';
  return `Memory at ${count(rate)} requests a second; Redis for each.

${table(['knob', 'memory', 'Redis', 'extra round trips', 'what else'], [
    row('as it is', {}, life(ours, 60), 'no honest request is refused'),
    row('nonce `none`', { policy: 'none' }, '0 %', `proofs can be made in advance; wrong clocks are refused (${percent(at(large.clientSkew['none, Date readable'], 10)[2])} to ${percent(at(large.clientSkew['none, Date hidden'], 10)[2])}); 20 s of 503 after each loss`),
    row('nonce `single-use`', { policy: 'single-use' }, life('with every answer (single-use)', 60), `a burst of 16 takes ${few(at(large.bursts['single-use'], 16)[3] / at(large.bursts.window, 16)[3])} times as long`),
    row('`lifetimeSeconds` 10', { lifetimeSeconds: 10 }, life(ours, 10), 'a proof made in advance is dead after 10 s'),
    row('`lifetimeSeconds` 300', { lifetimeSeconds: 300 }, life(ours, 300), 'it is good for 5 minutes'),
    row('`clockToleranceSeconds` 2', { clockToleranceSeconds: 2 }, `${percent(at(large.serverSkew['tolerance 2'], 0)[1])}; ${percent(at(large.serverSkew['tolerance 2'], 10)[1])} where verifiers are 10 s apart`, `under \`none\`, ${percent(at(large.clientSkew['none, Date readable'], 2)[2])} are refused for ever`),
    row('`clockToleranceSeconds` 30', { clockToleranceSeconds: 30 }, `${percent(at(large.serverSkew['tolerance 30'], 0)[1])}; the same where verifiers are 30 s apart`, 'under `none`, 60 s of 503 after each loss'),
    row('revocation mirrored', { revocation: 'mirrored' }, life(ours, 60), 'revoked a moment later (`feedPollSeconds`); each process holds all of it, some 200 B an entry'),
  ])}

${table(['knob', 'knee', 'what the default is'], [
    ['`lifetimeSeconds`', `${knees.lifetime} s`, '60'],
    ['wait before the third step of a rotation', `${knees.rotationWait} s`, '`lifetimeSeconds`: nothing is left to wait for'],
    ['`epochLifetimeSeconds`, idle replicas', `${knees.epochLifetime} s`, '0.5; busy replicas have none'],
    ['`clockToleranceSeconds`, clients under `none`', `${knees.clientSkew} s; never under 5`, '10'],
    ['spread of the verifiers\' clocks, tolerance 10', `${knees.serverSkew} s; it begins at the tolerance`, '10'],
  ])}`;
}

function smallTable({ large, small, clients, smallClients }) {
  const samples = [
    ['lifetime', 'past half-life (window)', 60], ['lifetime', 'with every answer (single-use)', 60], ['lifetime', 'with a challenge only', 60],
    ['bursts', 'single-use', 4], ['carelessRollout', 'one careless step', 30], ['epochLifetime', '1 a second', 5],
    ['clientSkew', 'none, Date hidden', 10], ['clientSkew', 'none, Date readable', 2], ['serverSkew', 'tolerance 10', 30],
  ];
  const cell = (results, [experiment, line, setting]) => {
    const [, extra, refused] = at(results[experiment][line], setting);
    return `${extra}, ${refused}`;
  };
  return table(
    ['experiment', 'setting', `${count(clients)} clients: extra, refused %`, `${count(smallClients)} clients`],
    samples.map((sample) => [`${sample[0]}: ${sample[1]}`, sample[2], cell(large, sample), cell(small, sample)]),
  );
}
