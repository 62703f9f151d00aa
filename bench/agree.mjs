// `npm run bench:agree -- a.json b.json`: whether two runs of the bench on one machine agree, in what both have measured. What
// can be counted has to be the same. The median ratio of each contender should lie within the other run's spread, and of so many contenders some lie
// outside by chance: what that chance is follows from the number of rounds (lib/spread.mjs). `--record=bench/results.json` notes the
// outcome there, for the page.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { differences } from './lib/held.mjs';
import { confidence } from './lib/spread.mjs';

/** How far above what is to be expected a number may be, in standard deviations. */
const MOST_DEVIATIONS = 3;

const isWithin = ({ median }, { low, high }) => median >= low && median <= high;
const two = (value) => value.toFixed(2);
const told = ({ median, low, high }) => `${two(median)} (${two(low)} to ${two(high)})`;

/** Every ratio that both have measured, but for the baseline's own. */
function pairs(one, other) {
  return Object.entries(one.results).flatMap(([title, contenders]) =>
    Object.entries(contenders).flatMap(([contender, { ratio }]) => {
      const again = other.results[title]?.[contender]?.ratio;
      return again && contender !== one.baseline ? [{ name: `${title}, ${contender}`, ratio, again }] : [];
    }),
  );
}

/** One part of both: which medians are outside of the other's spread, and how many chance puts there. */
function compare(one, other) {
  const both = pairs(one, other);
  const outside = both.flatMap(({ name, ratio, again }) =>
    [isWithin(again, ratio), isWithin(ratio, again)].flatMap((within) => (within ? [] : [`${name}: ${told(ratio)} and ${told(again)}`])));
  const chances = [one, other].map(({ rounds }) => (1 - confidence(rounds)) * both.length);
  return { medians: 2 * both.length, outside, expected: chances[0] + chances[1] };
}

/** Of both, what the other has, too: a peer that could not take part in one run is told there, and is no difference. */
function bothOf(counts = {}, again = {}) {
  const shared = (rows, others) => Object.fromEntries(Object.entries(rows).filter(([name]) => name in others));
  const narrowed = (own, others) => Object.fromEntries(Object.entries(shared(own, others)).map(([title, rows]) => [title, shared(rows, others[title])]));
  return [narrowed(counts, again), narrowed(again, counts)];
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { record: { type: 'string' } } });
if (positionals.length !== 2) throw new Error('Give two files of results, as npm run bench -- --output=FILE writes them');
const [one, other] = positionals.map((path) => JSON.parse(readFileSync(path, 'utf8')).parts ?? {});
const names = Object.keys(one).filter((name) => name in other);
if (names.length === 0) throw new Error('They have no part in common');

const total = { medians: 0, outside: 0, expected: 0 };
const others = [];
for (const name of names) {
  const { medians, outside, expected } = compare(one[name], other[name]);
  for (const each of new Set(outside)) console.log(`${name}: ${each}`);
  console.log(`${name}: ${outside.length} of ${medians} medians are outside of the other run's spread, ${expected.toFixed(1)} are to be expected`);
  const [counts, again] = bothOf(one[name].counts, other[name].counts);
  others.push(...differences(counts, again).map((text) => `${name}: ${text}`));
  total.medians += medians;
  total.outside += outside.length;
  total.expected += expected;
}
for (const text of others) console.log(text);
const most = Math.ceil(total.expected + MOST_DEVIATIONS * Math.sqrt(total.expected));
const agree = total.outside <= most && others.length === 0;
console.log(`${agree ? 'They agree' : 'They do not agree'}: ${total.outside} of ${total.medians} outside, at most ${most} would be chance; ${others.length} counts differ.`);
if (values.record) {
  const results = JSON.parse(readFileSync(values.record, 'utf8'));
  const { outside, medians } = total;
  results.agreement = { date: one[names[0]].machine.date, names, outside, medians, most };
  writeFileSync(values.record, `${JSON.stringify(results, null, 2)}\n`);
}
process.exitCode = agree ? 0 : 1;
