/** The demo page in a browser: every button reaches its verdict, from any state, for everyone who looks. */

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { assert } from 'chai';
import { chromium, type Browser, type BrowserContextOptions } from 'playwright-core';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/browsers/find.mjs';
import { DemoPage } from '../support/demo-page.ts';
import { DemoServer } from '../support/demo-server.ts';
import { verdicts } from '../support/demo-verdicts.ts';

const getOrders = {
  allowed: /^ALLOW .*Replica A.*Step 10 of 10/,
  revoked: /^DENY token_revoked .*Step 9 of 10/,
  expired: /^DENY token_expired .*Step 7 of 10/,
  bare: /^DENY missing_credentials .*Step 1 of 10/,
};

const artifacts = new URL('../../artifacts/demo/', import.meta.url);

describe('the demo page', () => {
  let server: DemoServer;
  let browser: Browser;
  let demo: DemoPage;
  let axe: string;

  before(async () => {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error('Chromium is missing: set CHROMIUM_PATH, or install it');
    [server, browser] = await Promise.all([DemoServer.start(), chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS], chromiumSandbox: false })]);
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await mkdir(artifacts, { recursive: true });
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  // A context is a profile of its own: no key, no servers' state.
  const visit = async (options: BrowserContextOptions = {}) => {
    demo = await DemoPage.open(await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options }), server.url);
  };

  afterEach(async () => {
    const complaints = demo?.complaints.splice(0) ?? [];
    await demo?.page.context().close();
    assert.deepEqual(complaints, [], 'on the console');
  });

  const expectVerdict = async (name: string) => assert.match(await demo.verdict(name), verdicts[name]!, name);

  const keepPicture = (name: string) => demo.page.screenshot({ path: new URL(`${name}.png`, artifacts).pathname, animations: 'disabled' });

  const expectAccessible = async (state: string) => {
    assert.deepEqual(await demo.findings(axe), [], state);
    assert.isAtMost(await demo.overflow(), 0, `${state}: wider than the window`);
  };

  describe('on a fresh profile', () => {
    beforeEach(() => visit());

    for (const name of Object.keys(verdicts)) it(`reaches the verdict of ${name} as the first button`, () => expectVerdict(name));

    it('uses what is there for GET /orders: nothing', async () => {
      assert.match(await demo.verdict('GET /orders'), getOrders.bare);
    });

    it('does nothing before a button is pressed', async () => {
      assert.deepEqual(await demo.entries(), []);
      assert.include(await demo.wire.innerText(), 'Nothing sent yet');
    });
  });

  it('goes the whole way: every button after another, twice, and again after a reload', async () => {
    await visit();
    for (const round of ['first', 'second', 'after a reload']) {
      if (round === 'after a reload') await demo.reload();
      await demo.press('Log in as Alice');
      assert.match(await demo.verdict('GET /orders'), getOrders.allowed, round);
      for (const name of Object.keys(verdicts)) await expectVerdict(name);
    }
  });

  it('reaches every verdict right after Revoke', async () => {
    await visit();
    for (const name of Object.keys(verdicts)) {
      await demo.press('Revoke');
      assert.match(await demo.verdict('GET /orders'), getOrders.revoked);
      await expectVerdict(name);
    }
  });

  it('reaches every verdict right after a reload, and after Reset', async () => {
    await visit();
    for (const name of Object.keys(verdicts)) {
      await demo.reload();
      await expectVerdict(name);
      await demo.press('Reset');
      assert.deepEqual(await demo.entries(), []);
      await expectVerdict(name);
    }
  });

  it('reaches every verdict after the token has expired and the nonces have died', async () => {
    await visit();
    let minutes = 0;
    for (const name of Object.keys(verdicts)) {
      await demo.press('Log in as Alice', 'GET /orders');
      await demo.page.clock.setFixedTime(Date.now() + (minutes += 10) * 60_000);
      assert.match(await demo.verdict('GET /orders'), getOrders.expired);
      await expectVerdict(name);
    }
  });

  it('starts anew where another tab pressed Reset', async () => {
    await visit();
    await demo.press('Log in as Alice', 'GET /orders');
    const other = await DemoPage.open(demo.page.context(), server.url);
    const reloaded = demo.page.waitForEvent('load');
    await other.press('Reset');
    await reloaded;
    // Her token is bound to a key that is gone, and Keybound says so: the page has forgotten it.
    assert.match(await demo.verdict('GET /orders'), getOrders.bare);
    assert.notInclude(await demo.page.locator('main').innerText(), 'hief wrote');
    for (const tab of [demo, other]) {
      await tab.page.bringToFront();
      assert.match(await tab.verdict('Steal token'), verdicts['Steal token']!);
      assert.match(await tab.verdict('Replay'), verdicts['Replay']!);
    }
  });

  it('keeps key, token, spent proofs and revocation over a reload', async () => {
    await visit();
    await demo.press('Log in as Alice', 'GET /orders');
    const jkt = await demo.wire.getByText(/^[\w-]{43}$/).first().innerText();
    await demo.reload();
    assert.match(await demo.verdict('GET /orders'), getOrders.allowed);
    assert.equal(await demo.wire.getByText(/^[\w-]{43}$/).first().innerText(), jkt);
    await demo.press('Revoke');
    await demo.reload();
    assert.match(await demo.verdict('GET /orders'), getOrders.revoked);
  });

  it('forgets everything at Reset', async () => {
    await visit();
    await demo.press('Log in as Alice', 'GET /orders');
    const jkt = await demo.wire.getByText(/^[\w-]{43}$/).first().innerText();
    await demo.press('Reset');
    assert.match(await demo.verdict('GET /orders'), getOrders.bare);
    await demo.press('Log in as Alice');
    assert.notEqual(await demo.wire.getByText(/^[\w-]{43}$/).first().innerText(), jkt);
  });

  it('takes clicks one at a time, in their order', async () => {
    await visit();
    for (const name of ['Log in as Alice', 'GET /orders', 'Steal token']) await demo.button(name).click({ noWaitAfter: true });
    assert.match(await demo.verdict('Wrong URL'), verdicts['Wrong URL']!);
    const codes = (await demo.entries()).filter((entry) => !entry.startsWith('CHALLENGE')).map((entry) => entry.split(' Show')[0]);
    assert.deepEqual(codes.map((code) => code?.split(' ').slice(0, 2).join(' ')), [
      'ALLOW Authorization', 'ALLOW Replica', 'DENY proof_key_not_bound_to_token', 'DENY uri_mismatch',
    ]);
  });

  it('shows both keys, equal for Alice and not equal for the thief, and any earlier decision again', async () => {
    await visit();
    await demo.press('Log in as Alice', 'GET /orders');
    assert.include(await demo.wire.innerText(), 'Equal.');
    await demo.press('Steal token');
    const thumbprints = await demo.wire.getByText(/^[\w-]{43}$/).allInnerTexts();
    assert.lengthOf(new Set(thumbprints), 2);
    assert.include(await demo.wire.innerText(), 'Not equal.');
    await demo.log.getByRole('button', { name: 'Show decision 4' }).click();
    assert.include(await demo.wire.innerText(), '200 OK');
  });

  it('shows requests as Keybound sent them, and what it made of the answers', async () => {
    await visit();
    await demo.press('Log in as Alice', 'GET /orders');
    const request = () => demo.wire.locator('.http').first().innerText();
    const remarks = async () => (await demo.wire.locator('.remarks li').allInnerTexts()).map((line) => line.split(' ')[0]);
    // What the browser adds on the way, the servers see and Keybound does not.
    assert.match(await request(), /^GET https:\/\/api\.example\/orders\nAuthorization: DPoP \S+\nDPoP: \S+$/);
    assert.deepEqual(await remarks(), []);
    await demo.log.getByRole('button', { name: 'Show decision 1' }).click();
    assert.match(await request(), /^POST https:\/\/login\.example\/token\n[^]*\n\ngrant_type=authorization_code&code=/);
    assert.deepEqual(await remarks(), ['challenge', 'retry']);
    await demo.press('Expired token');
    assert.deepEqual(await remarks(), ['challenge']);
    assert.include(await demo.wire.locator('.remarks').innerText(), 'invalid_token');
    await demo.press('Steal token');
    assert.deepEqual(await remarks(), []);
  });

  it('says so where a server answers and does not tell what it decided', async () => {
    await visit();
    await demo.page.evaluate(() => {
      const { fetch } = globalThis;
      globalThis.fetch = async (input, init) => ((input as Request).url.endsWith('/orders') ? new Response('', { status: 502 }) : fetch(input, init));
    });
    await demo.press('GET /orders');
    assert.include(await demo.log.innerText(), 'did not tell what it decided');
    assert.match(await demo.verdict('Log in as Alice'), verdicts['Log in as Alice']!);
  });

  it('notes beside a token and a proof where they come from, and nothing where there are none', async () => {
    const notes = () => demo.wire.locator('.jwt-note').allInnerTexts();
    await visit();
    await demo.press('GET /orders');
    assert.deepEqual(await notes(), []);
    await demo.press('Log in as Alice');
    assert.deepEqual(await notes(), ['Issued with this answer', 'Made for this one request']);
    await demo.log.getByRole('button', { name: 'Show decision 2' }).click();
    assert.deepEqual(await notes(), ['Made for this one request']);
    await demo.press('Legacy validator');
    assert.deepEqual(await notes(), ['An ordinary JWT with one claim more: cnf']);
  });

  it('calls a missing nonce the same at every server', async () => {
    await visit();
    await demo.press('Log in as Alice', 'GET /orders');
    const challenges = (await demo.entries()).filter((entry) => entry.startsWith('CHALLENGE'));
    assert.match(challenges[0]!, /^CHALLENGE bad_or_missing_nonce .*Authorization server/);
    for (const challenge of challenges) assert.match(challenge, /^CHALLENGE bad_or_missing_nonce /);
  });

  it('says that its servers are in the page, and how to have real ones', async () => {
    await visit();
    const place = demo.page.getByRole('navigation', { name: 'Where the servers run' });
    assert.match(await place.innerText(), /in this page[^]*npm run demo:live/);
    assert.notInclude((await fetch(server.url)).headers.get('content-security-policy'), 'localhost');
  });

  it('shows all its buttons without scrolling at 1280 by 720', async () => {
    await visit({ viewport: { width: 1280, height: 720 } });
    const hidden = await demo.page.locator('#actions').evaluate((panel) => panel.scrollHeight - panel.clientHeight);
    assert.equal(hidden, 0);
    await keepPicture('1280x720-initial');
    for (const name of [...Object.keys(verdicts), 'GET /orders', 'Reset']) {
      const box = await demo.button(name).boundingBox();
      assert.isAtMost(box!.y + box!.height, 720, name);
    }
  });

  it('works from the keyboard alone, and never loses the focus', async () => {
    await visit();
    for (const name of ['Log in as Alice', 'GET /orders', 'Steal token']) {
      await demo.button(name).focus();
      await demo.page.keyboard.press('Enter');
      await demo.page.waitForFunction(() => document.querySelector('[role=log]')?.getAttribute('aria-busy') !== 'true');
      assert.equal(await demo.page.evaluate(() => document.activeElement?.textContent), name);
    }
    assert.match(await demo.newest(), verdicts['Steal token']!);
  });

  for (const colorScheme of ['light', 'dark'] as const)
    for (const [width, height] of [[1440, 900], [1280, 800], [800, 900], [360, 780]] as const)
      it(`has no axe findings and no sideways scrolling: ${colorScheme}, ${width} wide`, async () => {
        await visit({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
        const name = `${width}-${colorScheme}`;
        await expectAccessible('before any button');
        await keepPicture(`${name}-initial`);
        await demo.press('Log in as Alice', 'GET /orders');
        await expectAccessible('after GET /orders');
        await keepPicture(`${name}-orders`);
        await demo.press('Steal token');
        await expectAccessible('after Steal token');
        await keepPicture(`${name}-stolen`);
        for (const button of ['Tamper', 'Replay on replica B', 'Revoke', 'Legacy validator', 'Export key']) {
          await demo.press(button);
          await expectAccessible(`after ${button}`);
        }
        await keepPicture(`${name}-several`);
      });

  it('says what is missing where there are no service workers', async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
    demo = await DemoPage.open(context, server.url);
    assert.include(await demo.page.getByRole('alert').innerText(), 'service workers');
  });

  it('says so where service workers are blocked', async () => {
    await visit({ serviceWorkers: 'block' });
    assert.include(await demo.page.getByRole('alert').innerText(), 'the browser did not start it');
    const blocked = demo.complaints.findIndex((complaint) => complaint.includes('blocked by Playwright'));
    if (blocked >= 0) demo.complaints.splice(blocked, 1);
  });

  it('comes with a policy that lets in nothing but itself, and fresh every time', async () => {
    const { headers } = await fetch(server.url);
    assert.include(headers.get('content-security-policy'), "default-src 'none'; script-src 'self'");
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal((await fetch(`${server.url}/../package.json`)).status, 404);
    assert.equal((await fetch(`${server.url}/main.js`)).headers.get('content-type'), 'text/javascript; charset=utf-8');
  });

  it('is served so that the key stays at its origin: docs/headers.md', async () => {
    const { headers } = await fetch(server.url);
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
    for (const directive of ["frame-src 'none'", "object-src 'none'", "require-trusted-types-for 'script'", 'trusted-types default'])
      assert.include(headers.get('content-security-policy'), directive);
    await visit();
    const refusals = await demo.page.evaluate(async () => {
      const { trustedTypes } = globalThis as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } };
      const violated = new Promise<string>((resolve) => document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective)));
      document.body.append(Object.assign(document.createElement('iframe'), { src: 'http://127.0.0.1:1/' }));
      const frame = await violated;
      const worker = await navigator.serviceWorker.register('/main.js').then(() => 'registered', (error: Error) => error.name);
      const policies = ['default', 'hostile'].map((name) => {
        try {
          return trustedTypes.createPolicy(name, {}) && 'created';
        } catch (error) {
          return (error as Error).name;
        }
      });
      return [frame, worker, ...policies];
    });
    assert.deepEqual(refusals, ['frame-src', 'TypeError', 'TypeError', 'TypeError']);
    const expected = /Content Security Policy|trusted-types|TrustedTypePolicy/;
    assert.deepEqual(demo.complaints.splice(0).filter((complaint) => !expected.test(complaint)), []);
  });

  it('says so where its port is in use', async () => {
    const port = Number(new URL(server.url).port);
    const failure = await DemoServer.start(port).then(() => '', String);
    assert.include(failure, `Port ${port} is in use`);
  });

  it('takes an empty PORT for none, and says so where PORT is no number', async () => {
    // Somebody else may have 8090: then it says that.
    const outcome = await DemoServer.start('').then(async (started) => {
      await started.stop();
      return started.url;
    }, String);
    assert.match(outcome, /localhost:8090|Port 8090 is in use/);
    for (const port of ['abc', '80.5', '-1', '65536', '0x50'])
      assert.include(await DemoServer.start(port).then(() => '', String), `PORT must be a number from 0 to 65535, not '${port}'.`);
  });
});
