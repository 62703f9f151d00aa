// The memory of spent proofs with a million of them alive, beside what people write and what they install: each store in a
// fresh process, in each round.
import { compare, sideBySide, spread } from '../lib/compare.mjs';
import { measureApart, STORES } from '../lib/replay-process.mjs';

const BASELINE = 'Map';

/** @param {{ rounds: number, scale: number, progress: (text: string) => void }} terms */
export async function run({ rounds, scale, progress }) {
  const live = Math.round(1_000_000 * scale);
  const measured = Object.fromEntries(STORES.map((name) => [name, []]));
  const contenders = Object.fromEntries(STORES.map((name) => [name, () => {
    const one = measureApart(name, live);
    measured[name].push(one);
    return one.nanoseconds;
  }]));
  const tell = (done, all) => progress(`${live} alive: ${done} of ${all}`);
  const times = await compare(contenders, { rounds, baseline: BASELINE, progress: tell });

  const all = (field) => Object.fromEntries(STORES.map((name) => [name, measured[name].map((one) => one[field])]));
  const bytes = (name, field) => Math.round(spread(measured[name].map((one) => one[field])).median);
  return {
    unit: 'ns',
    baseline: BASELINE,
    results: {
      [`one of ${live}: processor time of a call`]: times,
      [`one of ${live}: the longest call, the growth included`]: sideBySide(all('longestNanoseconds'), BASELINE),
      [`one of ${live}: the longest call, less what the system gave to others`]: sideBySide(all('ownLongestNanoseconds'), BASELINE),
    },
    counts: {
      [`bytes an entry, ${live} alive`]: Object.fromEntries(STORES.map((name) => [
        name,
        { full: bytes(name, 'bytes'), 'after 1.5 turnovers': bytes(name, 'steadyBytes') },
      ])),
    },
  };
}
