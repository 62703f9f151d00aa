// What is asked of the simulation. Each experiment gives lines: points of a setting, and what it costs in percent of the
// requests: [setting, extra round trips, refused requests, …].
import { createClient, send } from './client.mjs';
import { judge, createFleet } from './server.mjs';
import { createRandom } from './random.mjs';
import { simulate, GAP_SECONDS } from './population.mjs';
import { simulateBursts } from './burst.mjs';

const REPLICAS = 8;
const replicas = Array.from({ length: REPLICAS }, (_, index) => index);

/** Points of a line, one for each setting. */
function sweep(settings, run) {
  return settings.map((setting) => {
    const { extra, refused, nonces } = run(setting);
    return [setting, extra, refused, nonces];
  });
}

/** Points of a line over time. */
const timeline = ({ bins }, { fromSeconds, binSeconds }) => bins.map(({ extra, refused }, index) => [fromSeconds + index * binSeconds, extra, refused]);

const LIFETIMES = [5, 10, 20, 30, 45, 60, 90, 120, 180, 300];

/** How long nonces live, and when the next one is given. */
function lifetime({ clients, seed }) {
  const line = (fleet, gapSeconds = GAP_SECONDS) =>
    sweep(LIFETIMES, (lifetimeSeconds) => {
      const fromSeconds = Math.max(120, 2 * lifetimeSeconds);
      return simulate({ clients, seed, gapSeconds, fleet: createFleet({ lifetimeSeconds, ...fleet }), fromSeconds, untilSeconds: fromSeconds + 60 });
    });
  return {
    'past half-life (window)': line({}),
    'with every answer (single-use)': line({ policy: 'single-use' }),
    'with a challenge only': line({ isDue: () => false }),
    'window, a request every 10 s': line({}, [10, 10]),
    'window, a request every 60 s': line({}, [60, 60]),
  };
}

const BURST_SIZES = [1, 2, 4, 8, 16, 32];

/** Requests that begin together. */
async function bursts({ clients, seed }) {
  const line = async (singleUse) => {
    const points = [];
    for (const size of BURST_SIZES) {
      // A million requests say it as well as a million clients.
      const { extra, refused, seconds } = await simulateBursts({ clients: Math.ceil(clients / (4 * size)), seed, size, singleUse });
      points.push([size, extra, refused, seconds]);
    }
    return points;
  };
  return { window: await line(false), 'single-use': await line(true) };
}

const T0 = 60;
const [OLD, NEW] = [0, 1];

/** One replica after the other gets what is deployed. */
const deployedAt = (replica, startSeconds, rolloutSeconds) => startSeconds + (rolloutSeconds * (replica + 1)) / REPLICAS;

/** What each replica's list of secrets is, by the steps: [start, list]. */
const rotationBy = (steps, rolloutSeconds) => {
  const schedule = replicas.map((replica) => steps.map(([start, list]) => [deployedAt(replica, start, rolloutSeconds), list]));
  return (replica, seconds) => schedule[replica].findLast(([at]) => at <= seconds)?.[1] ?? [OLD];
};

const threeSteps = ({ rolloutSeconds, waitSeconds }) => [
  [T0, [OLD, NEW]],
  [T0 + rolloutSeconds, [NEW, OLD]],
  [T0 + 2 * rolloutSeconds + waitSeconds, [NEW]],
];

const ROLLOUT_SECONDS = 30;

/** A secret is changed, over time. */
function rotation({ clients, seed }) {
  const span = { fromSeconds: T0 - 15, untilSeconds: T0 + 210, binSeconds: 5 };
  const line = (steps) => timeline(simulate({ clients, seed, fleet: createFleet({ secretsAt: rotationBy(steps, ROLLOUT_SECONDS) }), ...span }), span);
  return {
    'three steps': line(threeSteps({ rolloutSeconds: ROLLOUT_SECONDS, waitSeconds: 60 })),
    'three steps, no wait before the third': line(threeSteps({ rolloutSeconds: ROLLOUT_SECONDS, waitSeconds: 0 })),
    'without the first step': line([[T0, [NEW, OLD]], [T0 + ROLLOUT_SECONDS + 60, [NEW]]]),
    'one careless step': line([[T0, [NEW]]]),
  };
}

const WAITS = [0, 5, 10, 15, 20, 30, 40, 50, 60, 75, 90];

/** How long to wait before the third step. Counted is the minute from its beginning. */
function rotationWait({ clients, seed }) {
  const line = (lifetimeSeconds) =>
    sweep(WAITS, (waitSeconds) => {
      const fromSeconds = T0 + 2 * ROLLOUT_SECONDS + waitSeconds;
      const secretsAt = rotationBy(threeSteps({ rolloutSeconds: ROLLOUT_SECONDS, waitSeconds }), ROLLOUT_SECONDS);
      return simulate({ clients, seed, fleet: createFleet({ lifetimeSeconds, secretsAt }), fromSeconds, untilSeconds: fromSeconds + 60 });
    });
  return { 'lifetimeSeconds 60': line(60), 'lifetimeSeconds 30': line(30) };
}

const ROLLOUTS = [0, 5, 15, 30, 60, 120];

/** How long one careless step takes to be everywhere. Counted is from its beginning until half a minute after its end. */
function carelessRollout({ clients, seed }) {
  return {
    'one careless step': sweep(ROLLOUTS, (rolloutSeconds) => {
      const fleet = createFleet({ secretsAt: rotationBy([[T0, [NEW]]], rolloutSeconds) });
      return simulate({ clients, seed, fleet, fromSeconds: T0, untilSeconds: T0 + rolloutSeconds + 30 });
    }),
  };
}

const LOSS = 120;

/** The memory is lost at LOSS; each replica reads the new epoch when its reading has ended, or its first request has told it. */
function lostMemory({ seed, epochLifetimeSeconds = 0.5, requestsPerReplica = 1000, downSeconds = 0 }) {
  const random = createRandom();
  const epochAt = (seconds) => (seconds < LOSS ? 0 : 1);
  const knownAt = replicas.map((replica) => {
    random.begin(seed, -1 - replica);
    return LOSS + downSeconds + Math.min(random.between(0, epochLifetimeSeconds), random.wait(1 / requestsPerReplica));
  });
  return {
    epochAt,
    readEpochAt: (replica, seconds) => (seconds < knownAt[replica] ? 0 : 1),
    bornAtSeconds: (epoch) => (epoch === 0 ? -1e6 : LOSS + downSeconds),
    isDownAt: (seconds) => seconds >= LOSS && seconds < LOSS + downSeconds,
  };
}

/** Redis is flushed, or fails over within three seconds. */
function failover({ clients, seed }) {
  const span = { fromSeconds: LOSS - 5, untilSeconds: LOSS + 30, binSeconds: 1 };
  const line = (loss, fleet) => timeline(simulate({ clients, seed, fleet: createFleet({ ...lostMemory({ seed, ...loss }), ...fleet }), ...span }), span);
  return {
    flush: line({}, {}),
    'failover in 3 s': line({ downSeconds: 3 }, {}),
    'flush, policy none': line({}, { policy: 'none' }),
  };
}

const EPOCH_LIFETIMES = [0.1, 0.5, 1, 2, 5, 10, 20, 30];

/** How old a reading of the epoch may be, by how busy replicas are. Counted are the 30 seconds after a flush. */
function epochLifetime({ clients, seed }) {
  const line = (requestsPerReplica) =>
    sweep(EPOCH_LIFETIMES, (epochLifetimeSeconds) =>
      simulate({
        clients, seed, fromSeconds: LOSS, untilSeconds: LOSS + 30,
        fleet: createFleet(lostMemory({ seed, epochLifetimeSeconds, requestsPerReplica })),
      }));
  return { '10 requests a second each': line(10), '1 a second': line(1), 'one in 10 seconds': line(0.1) };
}

const LAGS = [0.1, 1, 10];

/** Copies of what was spent within the lag of the replica that is promoted, sent to it: how many of 100 get through. */
function replicasBehind({ clients, seed }) {
  const line = (loss) => LAGS.map((lagSeconds) => [lagSeconds, ...copiesLetThrough({ clients, seed, lagSeconds, loss })]);
  return {
    'with the epoch': line(lostMemory({ seed, downSeconds: 3 })),
    'if there were no epoch': line({}),
  };
}

function copiesLetThrough({ clients, seed, lagSeconds, loss }) {
  const random = createRandom();
  const fleet = createFleet(loss);
  let [copies, through] = [0, 0];
  for (let number = 0; number < clients; number += 1) {
    random.begin(seed, number);
    const gap = random.betweenPowers(...GAP_SECONDS);
    const client = createClient();
    for (let seconds = random.wait(gap); seconds < LOSS; seconds += random.wait(gap)) {
      const used = client.nonce;
      const { attempts } = send(client, seconds, { fleet, random });
      // Only what passed at once was spent with the nonce that is known here.
      if (seconds < LOSS - lagSeconds || attempts > 1) continue;
      copies += 1;
      if (judge({ iatSeconds: Math.floor(seconds), nonce: used }, fleet, { replica: random.below(REPLICAS), seconds: LOSS + 4 }).verdict === 'allow') through += 1;
    }
  }
  return [copies === 0 ? 0 : Math.round((through / copies) * 1e4) / 100, copies];
}

const TOLERANCES = [0, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300];

/** Clocks of clients: nine in ten right to a second, most others by up to a minute, three in a hundred by up to a day. */
function clientOffset(random) {
  const kind = random.next();
  const sign = random.next() < 0.5 ? -1 : 1;
  if (kind < 0.9) return random.between(-1, 1);
  return sign * (kind < 0.97 ? random.betweenPowers(1, 60) : random.betweenPowers(60, 86_400));
}

/** Clients whose clocks are wrong. */
function clientSkew({ clients, seed }) {
  const line = (given) =>
    sweep(TOLERANCES, (clockToleranceSeconds) =>
      simulate({ clients, seed, offsetOf: clientOffset, fleet: createFleet({ clockToleranceSeconds, ...given }), fromSeconds: 60, untilSeconds: 180 }));
  return {
    'none, Date hidden': line({ policy: 'none', showsDate: false }),
    'none, Date readable': line({ policy: 'none' }),
    'window, Date hidden': line({ showsDate: false }),
  };
}

const SPREADS = [0, 1, 2, 5, 8, 10, 12, 15, 20, 30, 45, 60];

/** Replicas whose clocks disagree: spread evenly over so many seconds, from the first to the last. */
function serverSkew({ clients, seed }) {
  const offsets = (spread) => replicas.map((replica) => (spread * replica) / (REPLICAS - 1) - spread / 2);
  const line = (given) =>
    sweep(SPREADS, (spread) => simulate({ clients, seed, fleet: createFleet({ offsetsSeconds: offsets(spread), ...given }), fromSeconds: 120, untilSeconds: 210 }));
  return {
    'tolerance 2': line({ clockToleranceSeconds: 2 }),
    'tolerance 10': line({}),
    'tolerance 30': line({ clockToleranceSeconds: 30 }),
    'none, tolerance 10': line({ policy: 'none' }),
  };
}

export const EXPERIMENTS = { lifetime, bursts, rotation, rotationWait, carelessRollout, failover, epochLifetime, replicasBehind, clientSkew, serverSkew };

/**
 * A fleet of each kind, with the clocks of some clients: a test lives them in the real code.
 *
 * @returns {Record<string, { fleet: import('./server.mjs').Fleet, offsetsSeconds?: number[] }>}
 */
export function fleets() {
  const everyStep = rotationBy(threeSteps({ rolloutSeconds: ROLLOUT_SECONDS, waitSeconds: 60 }), ROLLOUT_SECONDS);
  const offsetsSeconds = [-20, -10, -7, -3, 0, 3, 7, 10, 20].map((seconds) => seconds / 2);
  return {
    'in good order': { fleet: createFleet() },
    'nonces for a short time': { fleet: createFleet({ lifetimeSeconds: 10 }) },
    'nonces for single use': { fleet: createFleet({ policy: 'single-use', lifetimeSeconds: 20 }) },
    'a secret changed in three steps': { fleet: createFleet({ secretsAt: everyStep }) },
    'a secret changed in one step': { fleet: createFleet({ secretsAt: rotationBy([[T0, [NEW]]], 120) }) },
    'a flush': { fleet: createFleet(lostMemory({ seed: 1, epochLifetimeSeconds: 60, requestsPerReplica: 0.01 })) },
    'a failover': { fleet: createFleet(lostMemory({ seed: 1, downSeconds: 40 })) },
    'a failover, policy none': { fleet: createFleet({ ...lostMemory({ seed: 1, downSeconds: 20 }), policy: 'none' }) },
    'clocks of clients, policy none': { fleet: createFleet({ policy: 'none', clockToleranceSeconds: 2 }), offsetsSeconds: [-100, -63, 1, 2.5, 4, 6, 100, 5000] },
    'clocks of clients, policy none, Date hidden': { fleet: createFleet({ policy: 'none', showsDate: false }), offsetsSeconds: [-100, -63, 4, 9, 12, 100] },
    'clocks of clients, with nonces': { fleet: createFleet(), offsetsSeconds: [-5000, -8, 100] },
    'clocks of servers': { fleet: createFleet({ offsetsSeconds, clockToleranceSeconds: 3 }) },
    'clocks of servers, policy none': { fleet: createFleet({ offsetsSeconds: offsetsSeconds.map((seconds) => 6 * seconds), policy: 'none' }) },
  };
}

/**
 * The knee of a falling or rising line: where it is farthest from the straight line between its ends.
 *
 * @param {readonly (readonly [number, number])[]} points
 */
export function kneeOf(points, { log = true } = {}) {
  const place = (x) => (log ? Math.log(Math.max(x, points[1][0] / 4)) : x);
  const [[x0, y0], [x1, y1]] = [points[0], points.at(-1)];
  const [width, height] = [place(x1) - place(x0), y1 - y0];
  if (height === 0) return undefined;
  const distance = ([x, y]) => Math.abs((place(x) - place(x0)) / width - (y - y0) / height);
  return points.reduce((best, point) => (distance(point) > distance(best) ? point : best))[0];
}
