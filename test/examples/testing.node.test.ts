/**
 * examples/testing-*: people's own suites over the packed package. Each is green, and fails where the app under test is
 * naive: it sends its token as Bearer, and the suite's output says so.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import type { Page } from 'playwright-core';
import { findChromium } from '../../scripts/browsers/find.mjs';
import { freePort } from '../../scripts/free-port.mjs';
import { openExample, type Example } from '../support/example.ts';

/** The suites, with what each runner says of the tests that passed; `args` have it stop at the first that does not. */
const suites = [
  { name: 'testing-node', by: 'Vitest in Node, with MSW 2', args: [], passed: /Tests +7 passed \(7\)/ },
  { name: 'testing-vitest-browser', by: 'Vitest browser mode', args: [], passed: /Tests +2 passed \(2\)/ },
  { name: 'testing-wtr', by: '@web/test-runner', args: [], passed: /2 passed, 0 failed/ },
  { name: 'testing-playwright', by: 'Playwright, with MSW in the page', args: ['--', '-x'], passed: /3 passed/ },
];

const says = 'The access token was sent as Bearer. Write the scheme DPoP before the token in Authorization';

for (const { name, by, args, passed } of suites) {
  describe(`examples/${name}`, function () {
    this.timeout(180_000);
    let example: Example;
    const { CHROMIUM_PATH, PORT } = process.env;

    before(async () => {
      Object.assign(process.env, { CHROMIUM_PATH: findChromium(), PORT: String(await freePort()) });
      example = await openExample(name);
    });
    after(async () => {
      await example?.close();
      restore({ CHROMIUM_PATH, PORT });
    });

    it(`${by}: the suite is green`, async () => {
      const { stdout } = await example.npm('test');
      assert.match(stdout, passed);
    });

    it(`${by}: the suite fails for a naive client, and says what is wrong and how to mend it`, async () => {
      await makeNaive(example);
      const output = await example.npm('test', ...args).then(
        () => assert.fail('the suite should have failed'),
        (failure: Error) => failure.message,
      );
      assert.include(output.replaceAll(/\s+/g, ' '), says);
    });
  });
}

describe('examples/testing-storybook', function () {
  this.timeout(180_000);
  let example: Example;
  const story = 'iframe.html?id=orders--of-alice&viewMode=story';

  before(async () => {
    example = await openExample('testing-storybook');
  });
  after(() => example?.close());

  it("Storybook: the story's types fit, it is built, and its play function passes in Chromium", async () => {
    await example.npm('run', 'typecheck');
    await example.npm('run', 'build');
    const page = await example.page(new URL(story, await example.serve('storybook-static')).href);
    assert.isUndefined(await thrownByPlay(page));
    assert.equal(await page.getByRole('status').textContent(), 'Orders of alice');
    assert.deepEqual(example.errors, []);
  });

  it('Storybook: its play function fails for a naive client', async () => {
    await makeNaive(example);
    await example.npm('run', 'build');
    const page = await example.page(new URL(story, await example.serve('storybook-static')).href);
    assert.match((await thrownByPlay(page)) ?? '', /No orders: 401/);
  });
});

/** What the play function of the story in this page threw, in the end, as Storybook tells its own panel. */
async function thrownByPlay(page: Page): Promise<string | undefined> {
  type Channel = { last(event: string): readonly [{ readonly message?: string }] | undefined };
  const channel = await page.waitForFunction((name) => {
    const told = (globalThis as unknown as Record<string, Channel | undefined>)[name];
    return told?.last('storyFinished') && told;
  }, '__STORYBOOK_ADDONS_CHANNEL__');
  return channel.evaluate((told) => told?.last('playFunctionThrewException')?.[0].message);
}

/** Bends the app under test: it knows nothing of proofs. */
async function makeNaive(example: Example): Promise<void> {
  const path = join(example.folder, 'src/shop.ts');
  const shop = await readFile(path, 'utf8');
  const naive = shop.replace(/const call = .*;/, 'const call = (url: string) => fetch(url, { headers: { Authorization: `Bearer ${access_token}` } });');
  assert.notEqual(naive, shop);
  await writeFile(path, naive);
}

function restore(variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
