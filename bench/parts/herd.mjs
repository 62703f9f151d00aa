// A hundred first requests at once, to a server that takes 50 ms to answer and demands nonces in one way or another: how
// many requests that takes, how many of the hundred succeed, and how long it is until all have ended. In Chromium, since
// it is a browser's connections that tell: six at a time by HTTP/1.1, all at once by HTTP/2.
import { chromium } from 'playwright-core';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/browsers/find.mjs';
import { sideBySide } from '../lib/compare.mjs';
import { openSite } from '../lib/site.mjs';

const COUNT = 100;
const DELAY_SECONDS = 0.05;
const BASELINE = 'dpop + glue';

const SERVERS = {
  'one nonce for good': 'static',
  'a new nonce every 25 answers': { everyAnswers: 25 },
  'a new nonce with every answer': { everyAnswers: 1 },
  'each nonce once': 'single-use',
  'no nonces': 'never',
};
const PROTOCOLS = ['HTTP/1.1', 'HTTP/2'];
const titleOf = (protocol, server) => `${protocol}, ${server}`;
const titles = PROTOCOLS.flatMap((protocol) => Object.keys(SERVERS).map((server) => titleOf(protocol, server)));

/** Where nothing hangs on which answer comes first: the same numbers each time. */
const isSettled = (title) => /one nonce for good|no nonces/.test(title);


/** One herd of one client at one server. @throws Error where a client fails that has no reason to: it is set up wrongly */
async function sendHerd(page, name, { openLane, certificate, protocol, nonces }) {
  const jkt = await page.evaluate((client) => globalThis.herd.open(client), name);
  const lane = await openLane({ protocol, nonces, jkt, delaySeconds: DELAY_SECONDS }, certificate);
  try {
    const { origin, accessToken } = lane;
    const sent = await page.evaluate(([to, count]) => globalThis.herd.send(to, count), [{ origin, accessToken }, COUNT]);
    const { requests } = lane.report();
    if ((nonces === 'static' || nonces === 'never') && sent.succeeded < COUNT) {
      throw new Error(`${name}: ${sent.succeeded} of ${COUNT} succeeded; the first refusal: ${JSON.stringify(requests.find(({ why }) => why))}`);
    }
    return { ...sent, requests: requests.length };
  } finally {
    await lane.close();
  }
}

/** A page for each herd, so that nobody has another's connections or memory. */
async function withPage(browser, address, work) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  try {
    const page = await context.newPage();
    await page.goto(address);
    return await work(page);
  } finally {
    await context.close();
  }
}

/** The number that came out each time, or the range in which it was. */
const counted = (numbers) => {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? least : `${least} to ${most}`;
};

const mapValues = (object, map) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));

/**
 * @param {{ rounds: number, short?: boolean, progress: (text: string) => void }} terms a hundred are a hundred: there is nothing to
 *   scale; in short it is one round, ours and the baseline alone, at the servers where numbers are the same each time
 */
export async function run({ rounds: wanted, short = false, progress }) {
  const rounds = short ? 1 : wanted;
  const servers = Object.entries(SERVERS).filter(([server]) => !short || isSettled(server));
  const executablePath = findChromium();
  if (!executablePath) return { results: {}, missing: { everybody: 'there is no Chromium here, and HTTP/2 needs a browser' } };
  await import('../../scripts/typescript.mjs'); // the lanes, which are the tests' too, are TypeScript
  const { openLane } = await import('../../test/servers/lane.ts');
  const { makeCertificate } = await import('../../test/servers/certificate.ts');
  const certificate = makeCertificate();
  const site = await openSite({ herd: 'import "./herd.mjs"' });
  const address = site.address('herd');
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
  try {
    const everybody = await withPage(browser, address, (page) => page.evaluate(() => globalThis.herd.names()));
    const names = short ? ['keybound', BASELINE] : everybody;
    const seen = {};
    for (let round = 0; round < rounds; round += 1) {
      for (const protocol of PROTOCOLS) {
        for (const [server, nonces] of servers) {
          const title = titleOf(protocol, server);
          for (const name of names) {
            const terms = { openLane, certificate, protocol, nonces };
            const one = await withPage(browser, address, (page) => sendHerd(page, name, terms));
            ((seen[title] ??= {})[name] ??= []).push(one);
          }
          progress(`round ${round + 1} of ${rounds}: ${title}`);
        }
      }
    }
    const countOf = (all) => ({ requests: counted(all.map((one) => one.requests)), succeeded: counted(all.map((one) => one.succeeded)) });
    const times = (clients) => sideBySide(mapValues(clients, (all) => all.map((one) => one.milliseconds)), BASELINE);
    const tables = (isWanted) => {
      const some = Object.entries(seen).filter(([title]) => isWanted(title));
      return mapValues(Object.fromEntries(some), (clients) => mapValues(clients, countOf));
    };
    return {
      rounds,
      leftOut: short ? [...everybody.filter((name) => !names.includes(name)), ...titles.filter((title) => !isSettled(title))] : undefined,
      unit: 'ms until all have ended',
      baseline: BASELINE,
      results: mapValues(seen, times),
      counts: tables(isSettled),
      observed: tables((title) => !isSettled(title)),
    };
  } finally {
    await browser.close();
    await site.close();
  }
}
