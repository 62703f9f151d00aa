/** The documents keep their word: samples fit the types and run, links lead somewhere, tables say what the code does. */

import { assert } from 'chai';
import { http } from 'msw';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkTypes, findDocuments, findSamples, readDocument } from '../../scripts/docs-samples.mjs';
import { ROOT } from '../../scripts/run.mjs';
import type { Keybound } from '../../src/index.ts';
import { mockServers, type MockServers } from '../../src/msw.ts';
import { setupServer } from '../support/msw-node.ts';
import { createSampleRunner } from '../support/run-sample.ts';

/** The picture of the demo page, which there is once there is the page. */
const picture = existsSync(join(ROOT, 'demo/main.ts')) ? undefined : 'docs/demo.png';

const issuer = 'https://login.example.com';
const api = 'https://api.example.com';

describe('documents: samples', () => {
  const samples = createSampleRunner('README.md');
  let network: ReturnType<typeof setupServer> | undefined;
  let keybound: Keybound | undefined;

  afterEach(async () => {
    await keybound?.destroy();
    network?.close();
    Reflect.deleteProperty(globalThis, 'logIn');
  });
  after(() => samples.remove());

  /** What the page's sample takes for granted: a user who logs in, and returns with a code to redeem. */
  function provideLogIn(servers: MockServers) {
    const logIn = async (send: typeof fetch) => {
      const { token } = servers.authorizationServer.endpoints;
      return (await send(token, { method: 'POST', body: await servers.logIn('alice') })).json();
    };
    Object.assign(globalThis, { logIn });
  }

  it('fit the types of the package', () => {
    assert.deepEqual(checkTypes(findSamples()), []);
  });

  it('are found to be wrong where they are', () => {
    const code = "import { createKeybound } from 'keybound';\nawait createKeybound({ nickname: 'x' });\n";
    const [fault = ''] = checkTypes([{ document: 'docs/WRONG.md', line: 7, name: undefined, code }]);
    assert.match(fault, /^docs\/WRONG\.md:8: error TS2353/);
  });

  it("run: the page's six lines against the API of the mock servers", async () => {
    const servers = await mockServers({ issuer, replicas: [api] });
    network = setupServer(...servers.handlers);
    network.listen();
    provideLogIn(servers);
    const page = await samples.run<{ keybound: Keybound; orders: Response }>('page', 'keybound', 'orders');
    keybound = page.keybound;
    assert.equal(page.orders.status, 200);
    assert.deepInclude(await page.orders.json(), { replica: api, sub: 'alice' });
  });

  it("run: the page's six lines against the API's, which fetches the issuer's keys", async () => {
    const servers = await mockServers({ issuer, audience: api });
    const { handle } = await samples.run<{ handle: (request: Request) => Promise<Response> }>('api', 'resourceServer');
    const denied: string[] = [];
    const answer = async (request: Request) => {
      const response = await handle(request);
      if (!response.ok) denied.push(((await response.clone().json()) as { code: string }).code);
      return response;
    };
    network = setupServer(...servers.handlers, http.all(`${api}/*`, ({ request }) => answer(request)));
    network.listen();
    provideLogIn(servers);
    const page = await samples.run<{ keybound: Keybound; orders: Response }>('page', 'keybound', 'orders');
    keybound = page.keybound;
    assert.deepEqual(await page.orders.json(), { orders: [], of: 'alice' });
    assert.deepEqual(denied, ['bad_or_missing_nonce'], 'the first request learns the nonce');
  });
});

describe('documents: links', () => {
  for (const document of findDocuments()) {
    it(`${document} links to what is there`, () => {
      const targets = [...readDocument(document).matchAll(/\]\((?!https:)([^)#]*)(#[^)]*)?\)/g)];
      const isMissing = ([, path, anchor]: RegExpExecArray | RegExpMatchArray) => {
        const target = path ? join(dirname(document), path) : document;
        return (!existsSync(join(ROOT, target)) && target !== picture) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
      };
      assert.deepEqual(targets.filter(isMissing).map(([link]) => link), []);
    });

    it(`${document} names files that are there`, () => {
      const named = [...readDocument(document).matchAll(/`((?:src|test|scripts|demo|docs)\/[\w./-]+\.\w+)`/g)];
      assert.deepEqual(named.map(([, path]) => path!).filter((path) => !existsSync(join(ROOT, path))), []);
    });
  }
});

/** The anchors of a document's headings, as code hosts make them. */
function anchorsOf(document: string): string[] {
  const headings = readDocument(document).replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, title]) => `#${title!.toLowerCase().replaceAll(/[^\w\s-]/g, '').replaceAll(' ', '-')}`);
}
