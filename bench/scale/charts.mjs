// The pictures of docs/scale.md: texts by their file names.
import { barChart, lineChart, short } from '../lib/chart.mjs';
import { kneeOf } from '../simulation/experiments.mjs';
import { plan, RATES } from './sizing.mjs';

const EXTRA = 1;
const REFUSED = 2;
const percent = (value) => `${short(value)} %`;
const pick = (points, column) => points.map((point) => [point[0], point[column]]);
const lines = (results, column, names = Object.keys(results)) => names.map((name) => ({ name, points: pick(results[name], column) }));
const since = (points, start) => points.map(([x, ...rest]) => [x - start, ...rest]);

/** A tolerance of 0 refuses so much that nothing else could be seen. */
const fromOne = (points) => points.filter(([x]) => x >= 1);

/** The knees that the page tells and the pictures show. */
export function kneesOf({ large }) {
  return {
    lifetime: kneeOf(pick(large.lifetime['past half-life (window)'], EXTRA)),
    rotationWait: kneeOf(pick(large.rotationWait['lifetimeSeconds 60'], EXTRA), { log: false }),
    epochLifetime: kneeOf(pick(large.epochLifetime['one in 10 seconds'], EXTRA)),
    clientSkew: kneeOf(fromOne(pick(large.clientSkew['none, Date readable'], REFUSED))),
    serverSkew: kneeOf(pick(large.serverSkew['tolerance 10'], EXTRA), { log: false }),
    bursts: kneeOf(pick(large.bursts['single-use'], 3), { log: false }),
  };
}

export function drawCharts({ measured, simulated }) {
  const { large } = simulated;
  const knees = kneesOf(simulated);
  const plans = RATES.map((rate) => plan(rate, measured));
  return {
    'fleet.svg': lineChart({
      title: 'What a fleet needs',
      description: 'Verifier processes, Redis primaries and megabytes of memory for spent proofs, from a hundred to a million requests a second.',
      x: { label: 'requests a second (policy window, revocation direct)', log: true },
      y: { label: 'how many, or megabytes', log: true, min: 1 },
      series: [
        { name: 'verifier processes', points: plans.map(({ rate, processes }) => [rate, processes]) },
        { name: 'Redis primaries', points: plans.map(({ rate, primaries }) => [rate, primaries]) },
        { name: 'MB of spent proofs', points: plans.map(({ rate, memoryBytes }) => [rate, memoryBytes / 1e6]) },
      ],
    }),
    'cost.svg': barChart({
      title: 'What one request costs',
      description: 'Microseconds of CPU in the verifier process and in Redis, by nonce policy and mode of revocation.',
      label: 'microseconds of CPU',
      groups: [
        { name: 'verifier', bars: [{ name: 'memory of its own', value: measured.alone.cpuMicroseconds }, ...costs(measured, 'cpuMicroseconds', 0)] },
        { name: 'Redis', bars: costs(measured, 'redisMicroseconds', 1) },
      ],
    }),
    'lifetime.svg': lineChart({
      title: 'How long nonces live, and when the next one comes',
      description: 'Extra round trips in percent of the requests fall as nonces live longer. A nonce that comes past half-life is nearly as good as one with every answer.',
      x: { label: 'lifetimeSeconds', log: true, ticks: [5, 10, 20, 30, 60, 120, 300] },
      y: { label: 'extra round trips', format: percent },
      series: lines(large.lifetime, EXTRA),
      marks: [{ x: knees.lifetime, label: `knee: ${knees.lifetime} s` }],
    }),
    'bursts.svg': barChart({
      title: 'Requests that begin together: how long until all are answered',
      description: 'Milliseconds for a burst of 1 to 32 requests, with nonces for many requests and with nonces for single use.',
      label: 'milliseconds; one round trip is 20 to 200',
      groups: large.bursts.window.map(([size, , , seconds], index) => ({
        name: `${size} at once`,
        bars: [
          { name: 'window', value: Math.round(seconds * 1000) },
          { name: 'single-use', value: Math.round(large.bursts['single-use'][index][3] * 1000), kind: 1 },
        ],
      })),
    }),
    'rotation.svg': lineChart({
      title: 'Changing the nonce secret',
      description: 'Extra round trips over time, while a secret is changed in the three steps of the guide, without waiting, without the first step, and in one step.',
      x: { label: 'seconds since the first step; each takes 30 s to reach all replicas', min: -15, max: 205, ticks: [0, 30, 60, 90, 120, 150, 180] },
      y: { label: 'extra round trips', format: percent },
      series: lines(large.rotation, EXTRA).map(({ name, points }) => ({ name, points: since(points, 60) })),
    }),
    'failover.svg': lineChart({
      title: 'Redis is lost at 0',
      description: 'Extra round trips and refused requests in each second after a flush and after a failover.',
      x: { label: 'seconds since the loss', min: -5, max: 29, ticks: [-5, 0, 5, 10, 15, 20, 25] },
      y: { label: 'of the requests in that second', format: percent, max: 100 },
      series: [
        { name: 'flush: extra round trips', points: since(pick(large.failover.flush, EXTRA), 120) },
        { name: 'failover in 3 s: extra', points: since(pick(large.failover['failover in 3 s'], EXTRA), 120) },
        { name: 'failover in 3 s: refused (503)', points: since(pick(large.failover['failover in 3 s'], REFUSED), 120) },
        { name: 'flush, policy none: refused (503)', points: since(pick(large.failover['flush, policy none'], REFUSED), 120) },
      ],
    }),
    'epoch.svg': lineChart({
      title: 'How old a reading of the epoch may be',
      description: 'Extra round trips in the 30 seconds after a flush, by epochLifetimeSeconds and by how many requests each replica gets.',
      x: { label: 'epochLifetimeSeconds', log: true, ticks: [0.1, 0.5, 1, 2, 5, 10, 30] },
      y: { label: 'extra round trips in 30 s after a flush; each replica gets', format: percent },
      series: lines(large.epochLifetime, EXTRA),
      marks: [{ x: knees.epochLifetime, label: `knee: ${knees.epochLifetime} s` }],
    }),
    'client-skew.svg': lineChart({
      title: 'Clients with wrong clocks',
      description: 'Refused honest requests in percent, by clockToleranceSeconds: under policy none where the Date of answers can be read or not, and with nonces.',
      x: { label: 'clockToleranceSeconds', log: true, ticks: [1, 2, 5, 10, 30, 60, 120, 300] },
      y: { label: 'refused honest requests', format: percent },
      series: lines(large.clientSkew, REFUSED).map(({ name, points }) => ({ name, points: fromOne(points) })),
      marks: [{ x: 5, label: 'the client corrects from 5 s on' }],
    }),
    'server-skew.svg': lineChart({
      title: 'Verifiers whose clocks disagree',
      description: 'Extra round trips in percent, by how far the clocks of eight replicas are spread, for tolerances of 2, 10 and 30 seconds, and under policy none.',
      x: { label: 'seconds from the slowest clock to the fastest', ticks: [0, 10, 20, 30, 45, 60] },
      y: { label: 'extra round trips', format: percent },
      series: lines(large.serverSkew, EXTRA),
      marks: [{ x: 10, label: 'tolerance 10' }],
    }),
  };
}

const costs = ({ requests }, field, kind) =>
  ['none, direct', 'window, direct', 'window, mirrored', 'single-use, direct', 'single-use, mirrored'].map((name) => ({ name, value: requests[name][field], kind }));
