// `npm run bench:check`: measures again, and holds it against the committed bench/results.json. What can be counted (bytes,
// requests, crypto calls) must be the same; ratios of ours may be less by so much, because machines are noisy.
//   --room=0.15     by how much a median may be less
//   --short         what CI has time for: fewer rounds of less work, and more room
// A ratio that is too low is measured again, twice at most: noise goes, a loss stays.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const ATTEMPTS = 3;
const ROUNDS = 5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { room: { type: 'string' }, short: { type: 'boolean', default: false } },
});
const room = Number(values.room ?? (values.short ? 0.5 : 0.15));
const scale = values.short ? 0.25 : 1;

const { parts: committed } = JSON.parse(readFileSync(new URL('results.json', import.meta.url), 'utf8'));
const unknown = positionals.filter((name) => !(name in committed));
if (unknown.length > 0) throw new Error(`No results of ${unknown.join(', ')}: there are those of ${Object.keys(committed).join(', ')}`);

/** What is ours, of all that was measured side by side. */
const isOurs = (contender) => contender.startsWith('keybound');

/** @returns {string[]} every ratio that is too low, or too high where lower is better */
function losses(before, now) {
  return Object.entries(before.results).flatMap(([title, contenders]) =>
    Object.entries(contenders).filter(([contender]) => isOurs(contender)).flatMap(([contender, { ratio }]) => {
      const measured = now.results[title]?.[contender]?.ratio.median;
      const isGood = before.better === 'lower' ? measured <= ratio.median * (1 + room) : measured >= ratio.median * (1 - room);
      if (isGood) return [];
      return [`${title}, ${contender}: ${measured?.toFixed(2) ?? 'not measured'}, it was ${ratio.median.toFixed(2)}`];
    }),
  );
}

/** What a count may differ by: compressors differ from one Node to the next, and bytes an entry are rounded. */
const leeway = (name, value) => {
  if (name === 'gzip' || name === 'brotli') return 0.01 * value;
  return /^bytes an entry|^full$|turnovers$/.test(name) ? 1 : 0;
};

/** @returns {string[]} every count of ours that is another one, by its path */
function differences(before = {}, now = {}, path = []) {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((name) => {
    const [was, is] = [before[name], now[name]];
    const here = [...path, name];
    if (typeof was === 'object' && typeof is === 'object') return differences(was, is, here);
    const isSame = was === is || Math.abs(is - was) <= leeway(name, was);
    return isSame ? [] : [`${here.join(' › ')}: ${is}, it was ${was}`];
  });
}

async function check(name) {
  const { run } = await import(`./parts/${name}.mjs`);
  const before = committed[name];
  for (let attempt = 1; ; attempt += 1) {
    const now = await run({ rounds: ROUNDS, scale, progress: (text) => console.error(`${name}: ${text}`) });
    const counted = differences(before.counts, now.counts);
    if (counted.length > 0) return counted.map((other) => `${name}: ${other}`);
    const low = losses(before, now);
    if (low.length === 0 || attempt === ATTEMPTS) return low.map((loss) => `${name}: ${loss}`);
    console.log(`${name}: measured again, because of ${low.join('; ')}`);
  }
}

const wrongs = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(committed)) wrongs.push(...(await check(name)));
for (const wrong of wrongs) console.error(wrong);
console.log(wrongs.length === 0 ? `Nothing is slower by more than ${room * 100} %, and what can be counted is the same.` : `${wrongs.length} losses`);
process.exitCode = wrongs.length > 0 ? 1 : 0;
