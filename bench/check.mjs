// `npm run bench:check`: measures again, and holds it against the committed bench/results.json. What can be counted (bytes,
// requests, crypto calls) must be the same; ratios of ours may be less by so much, because machines are noisy.
//   --room=0.15     by how much a median may be less
//   --short         what CI has time for: in Chromium alone, fewer rounds of less work, and more room
// A ratio that is too low is measured again, twice at most, and so is memory: noise goes, a loss stays.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { progressOf } from './lib/progress.mjs';

const ATTEMPTS = 3;
const ROUNDS = 5;
/** What is measured in short: all that can be counted, and as much of what is timed as takes a minute. */
const SHORT = ['size', 'counts', 'herd', 'verifier'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { room: { type: 'string' }, short: { type: 'boolean', default: false } },
});
const { short } = values;
const room = Number(values.room ?? (short ? 0.5 : 0.15));
const scale = short ? 0.25 : 1;
if (short) process.env.BROWSERS ??= 'chromium';

const { ALL_BROWSERS, wantedBrowsers } = await import('./lib/browsers.mjs');
const { differences, losses, without } = await import('./lib/held.mjs');

const { parts: committed } = JSON.parse(readFileSync(new URL('results.json', import.meta.url), 'utf8'));
const unknown = positionals.filter((name) => !(name in committed));
if (unknown.length > 0) throw new Error(`No results of ${unknown.join(', ')}: there are those of ${Object.keys(committed).join(', ')}`);

const unwanted = ALL_BROWSERS.filter((name) => !wantedBrowsers().includes(name));
const major = (version) => version.split('.')[0];

/** What cannot be compared: browsers that nobody asked for, what each Node allocates in its own way, what a part has left out. */
function isLeft({ machine }, { leftOut = [] }) {
  const isOtherNode = major(machine.node) !== major(process.version);
  return (name) =>
    leftOut.includes(name) || unwanted.some((browser) => name.startsWith(`${browser}, `)) || (isOtherNode && name.includes('bytes allocated'));
}

/** Whether it is about what is allocated: less where the compiler, which works beside, is ready early; on a busy machine it is late. */
const isOfBytes = (difference) => difference.includes('bytes allocated');

async function check(name) {
  const { run } = await import(`./parts/${name}.mjs`);
  for (let attempt = 1; ; attempt += 1) {
    const measured = await run({ rounds: ROUNDS, scale, short, progress: progressOf(name) });
    const [before, now] = [committed[name], measured].map((part) => without(part, isLeft(committed[name], measured)));
    const others = differences(before.counts, now.counts);
    const wrong = [...others, ...losses(before, now, { room })];
    const isCertain = others.some((other) => !isOfBytes(other));
    if (wrong.length === 0 || isCertain || attempt === ATTEMPTS) return wrong.map((each) => `${name}: ${each}`);
    console.log(`${name}: measured again, because of ${wrong.join('; ')}`);
  }
}

const everything = short ? SHORT : Object.keys(committed);
const wrongs = [];
for (const name of positionals.length > 0 ? positionals : everything) wrongs.push(...(await check(name)));
for (const wrong of wrongs) console.error(wrong);
console.log(wrongs.length === 0 ? `Nothing is slower by more than ${room * 100} %, and what can be counted is the same.` : `${wrongs.length} losses`);
process.exitCode = wrongs.length > 0 ? 1 : 0;
