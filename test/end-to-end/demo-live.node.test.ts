/** The live demo in a browser: the page's buttons against real processes, and what is left when they end. */

import { once } from 'node:events';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { get as getBy, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { assert } from 'chai';
import { chromium, type Browser, type Request } from 'playwright-core';
import type { LiveFacts } from '../../demo/world/live/facts.ts';
import { logIn } from '../../demo/world/live/login.ts';
import { CHROMIUM_FLAGS, findChromium, findRedisServer } from '../../scripts/browsers/find.mjs';
import { createProof, createSigner } from '../../src/index.ts';
import { DemoPage } from '../support/demo-page.ts';
import { DemoServer } from '../support/demo-server.ts';
import { verdicts } from '../support/demo-verdicts.ts';
import { until } from '../support/until.ts';

const allowed = /^ALLOW .*Replica A.*Step 10 of 10/;

/** Gone, and its parent knows: a process that nobody asked after would still be found. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** Gone, or ended with nobody to ask after it: its parent was killed. */
function isAshes(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return isGone(pid);
  }
}

const isRefused = (url: string) => fetch(url).then(() => false, () => true);

describe('the live demo', () => {
  let browser: Browser;
  let demo: DemoPage;

  before(async () => {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error('Chromium is missing: set CHROMIUM_PATH, or install it');
    if (findRedisServer() === undefined) throw new Error('redis-server is missing: set REDIS_SERVER_PATH, or install it');
    browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS], chromiumSandbox: false });
  });

  after(() => browser?.close());

  /** Ended with its test, however that went. */
  let alone: DemoServer | undefined;
  const start = async (env: Record<string, string> = {}) => (alone = await DemoServer.start(0, { script: 'demo-live', env }));
  afterEach(async () => {
    await alone?.stop();
    alone = undefined;
  });

  const visit = async (url: string) => {
    demo = await DemoPage.open(await browser.newContext({ viewport: { width: 1280, height: 800 } }), url);
  };

  const factsOf = async ({ url }: DemoServer) => (await (await fetch(`${url}/live.json`)).json()) as LiveFacts;

  describe('while it runs', () => {
    let server: DemoServer;
    let facts: LiveFacts;

    before(async () => {
      server = await DemoServer.start(0, { script: 'demo-live' });
      facts = await factsOf(server);
    });

    after(() => server?.stop());

    beforeEach(() => visit(server.url));

    afterEach(async () => {
      const complaints = demo.complaints.splice(0);
      await demo.page.context().close();
      assert.deepEqual(complaints, [], 'on the console');
    });

    it('reaches every verdict, from real processes, and again after Reset', async () => {
      for (const round of ['first', 'after Reset']) {
        await demo.press('Log in as Alice');
        assert.match(await demo.verdict('GET /orders'), allowed, round);
        for (const [name, verdict] of Object.entries(verdicts)) assert.match(await demo.verdict(name), verdict, `${name}, ${round}`);
        await demo.press('Reset');
        assert.deepEqual(await demo.entries(), []);
      }
    });

    it('reaches every verdict as the first button after a reload', async () => {
      for (const [name, verdict] of Object.entries(verdicts)) {
        await demo.reload();
        assert.match(await demo.verdict(name), verdict, name);
      }
    });

    it('logs in with a code, PKCE and the thumbprint of the key, and shows what its process answered', async () => {
      const authorization = demo.page.waitForRequest((request) => request.url().startsWith(facts.endpoints.authorization));
      await demo.press('Log in as Alice');
      const asked = new URL((await authorization).url()).searchParams;
      assert.match(asked.get('dpop_jkt') ?? '', /^[\w-]{43}$/);
      assert.equal(asked.get('code_challenge_method'), 'S256');
      assert.match(await demo.wire.innerText(), /POST http:\/\/localhost:\d+\/token\n[^]*grant_type=authorization_code&code=/);
      await demo.press('GET /orders');
      const { pid } = facts.processes.find(({ name }) => name === 'replica A')!;
      assert.include(await demo.wire.innerText(), `"process": ${pid}`);
      assert.include(await demo.wire.innerText(), 'Equal.');
    });

    it('steals for real: the attempt leaves from the thief’s process, and not from the browser', async () => {
      await demo.press('Log in as Alice');
      const sent: Request[] = [];
      demo.page.on('request', (request) => sent.push(request));
      const { pid } = facts.processes.find(({ name }) => name === 'thief')!;
      process.kill(pid, 'SIGSTOP');
      try {
        const handedOver = demo.page.waitForRequest(`${facts.thief}/use`);
        await demo.button('Steal token').click();
        await handedOver;
        assert.notInclude((await demo.entries()).join(), 'Thief', 'while his process stands still');
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await demo.idle();
      assert.match(await demo.newest(), verdicts['Steal token']!);
      assert.lengthOf(new Set(await demo.wire.getByText(/^[\w-]{43}$/).allInnerTexts()), 2);
      const toServers = sent.map((request) => request.url()).filter((url) => url.startsWith(facts.addresses.api) || url.startsWith(facts.addresses.replicaB));
      assert.deepEqual(toServers, []);
    });

    it('goes from the real processes to the servers in the page, and back', async () => {
      const place = demo.page.getByRole('navigation', { name: 'Where the servers run' });
      const chosen = () => place.locator('[aria-current]').innerText();
      assert.equal(await chosen(), 'real processes');
      await place.getByRole('link', { name: 'in this page' }).click();
      await demo.page.waitForURL('**/?servers=page');
      assert.match(await demo.verdict('Steal token'), verdicts['Steal token']!);
      assert.include(await demo.wire.innerText(), 'https://api.example/orders');
      assert.equal(await chosen(), 'in this page');
      await place.getByRole('link', { name: 'real processes' }).click();
      await demo.page.waitForURL('**/?servers=live');
      assert.match(await demo.verdict('Steal token'), verdicts['Steal token']!);
      assert.include(await demo.wire.innerText(), `${facts.addresses.api}/orders`);
    });

    it('has two replicas with one memory: each serves Alice, and refuses what the other has seen', async () => {
      const { api, replicaA, replicaB } = facts.addresses;
      const signer = await createSigner();
      const prove = (url: string, method: string, rest = {}) => createProof(signer, { url, method, ...rest });
      const token = facts.endpoints.token;
      const ask = async (body: URLSearchParams, nonce?: string) =>
        fetch(token, { method: 'POST', body, headers: { DPoP: await prove(token, 'POST', { nonce }) } });
      const body = await logIn(await signer.thumbprint(), facts);
      const challenge = await ask(body);
      const { access_token: accessToken } = (await (await ask(body, challenge.headers.get('DPoP-Nonce')!)).json()) as { access_token: string };
      const get = (replica: string, proof: string) => fetch(`${replica}/orders`, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } });
      for (const [first, second] of [[replicaA, replicaB], [replicaB, replicaA]] as const) {
        const { headers } = await get(first, await prove(`${api}/orders`, 'GET', { accessToken }));
        const proof = await prove(`${api}/orders`, 'GET', { accessToken, nonce: headers.get('DPoP-Nonce')! });
        // The nonce of one is good at the other.
        const answer = await get(second, proof);
        assert.equal(answer.status, 200);
        const { pid } = facts.processes.find(({ host }) => second.endsWith(host))!;
        assert.equal(((await answer.json()) as { process: number }).process, pid);
        assert.equal((await get(first, proof)).status, 401);
      }
    });

    for (const [width, height] of [[1280, 720], [360, 780]] as const)
      it(`has no axe findings, no sideways scrolling, and all buttons in sight: ${width} wide`, async () => {
        await demo.page.setViewportSize({ width, height });
        await demo.page.emulateMedia({ reducedMotion: 'reduce' });
        const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
        await demo.press('Steal token');
        assert.deepEqual(await demo.findings(axe), []);
        assert.isAtMost(await demo.overflow(), 0);
        assert.equal(await demo.page.locator('#actions').evaluate((panel) => panel.scrollHeight - panel.clientHeight), 0);
      });

    it('lets its page call the processes, and nothing else', async () => {
      const policy = (await fetch(server.url)).headers.get('content-security-policy') ?? '';
      const [connect = ''] = /connect-src [^;]*/.exec(policy) ?? [];
      for (const origin of [...Object.values(facts.addresses), facts.thief]) assert.include(connect.split(' '), origin);
      assert.notInclude(connect, '*');
      const { headers } = await fetch(facts.addresses.api, { headers: { Origin: 'https://elsewhere.example' } });
      assert.isNull(headers.get('access-control-allow-origin'));
    });

    it('takes orders from its own page alone', async () => {
      const body = JSON.stringify({ accessToken: 'x' });
      for (const url of [`${server.url}/control/reset`, `${facts.thief}/use`])
        for (const headers of [{}, { Origin: 'http://localhost:1' }])
          assert.equal((await fetch(url, { method: 'POST', headers, body })).status, 403, url);
      const captured = { method: 'GET', url: 'http://localhost:1/', headers: [], nonce: '' };
      const elsewhere = await fetch(`${facts.thief}/send`, { method: 'POST', headers: { Origin: server.url }, body: JSON.stringify({ captured, bent: {} }) });
      assert.equal(elsewhere.status, 500);
    });

    it('answers for names of this machine alone: DNS rebinding reads nothing', async () => {
      const { port } = new URL(server.url);
      const statusFor = async (path: string, host: string) => {
        const asked = getBy({ host: 'localhost', port, path, headers: { Host: host } });
        const [answer] = (await once(asked, 'response')) as [IncomingMessage];
        answer.destroy();
        return answer.statusCode;
      };
      for (const path of ['/', '/main.js', '/live.json', '/decisions', '/callback']) {
        for (const host of [`evil.example:${port}`, 'evil.example', 'localhost:1', 'localhost', `localhost.evil.example:${port}`]) assert.equal(await statusFor(path, host), 421, `${host} ${path}`);
        for (const host of ['localhost', '127.0.0.1', '[::1]']) assert.equal(await statusFor(path, `${host}:${port}`), 200, `${host} ${path}`);
      }
    });

    it('tells decisions with a mark of each request, and nothing else that went over the wire', async () => {
      const stream = new AbortController();
      const { body } = await fetch(`${server.url}/decisions`, { signal: stream.signal });
      await demo.press('Log in as Alice');
      await demo.press('GET /orders');
      let told = '';
      try {
        for await (const text of body!.pipeThrough(new TextDecoderStream())) if (/"judge":"replica-a","mark":"[^"]*","verdict":"ALLOW"/.test((told += text))) break;
      } finally {
        stream.abort();
      }
      assert.match(told, /"mark":"[\w-]{43}"/);
      assert.notMatch(told, /eyJ|http:/);
    });

    it('ends with Ctrl-C: no process, no open port, no folder is left', async () => {
      const family = server.pids;
      // Five servers, Redis and its keeper, and the script itself.
      assert.lengthOf(family, 8);
      const folder = readlinkSync(`/proc/${facts.processes.find(({ name }) => name === 'Redis')!.pid}/cwd`);
      assert.match(folder, /keybound-demo-/);
      assert.equal(await server.stop('SIGINT'), 0);
      assert.deepEqual(family.filter((pid) => !isGone(pid)), []);
      for (const url of [server.url, facts.thief, ...Object.values(facts.addresses)]) assert.isTrue(await isRefused(url), url);
      assert.isFalse(existsSync(folder));
      // The page was looking.
      await demo.page.getByRole('alert').waitFor();
      await demo.page.goto('about:blank');
      demo.complaints.splice(0);
    });
  });

  for (const name of ['replica B', 'Redis'])
    it(`ends, and says why, where its ${name} dies; and the page says that nobody answers`, async () => {
      const server = await start();
      const [family, { processes }] = [server.pids, await factsOf(server)];
      await visit(server.url);
      await demo.press('Log in as Alice');
      process.kill(processes.find((each) => each.name === name)!.pid, 'SIGKILL');
      assert.equal(await server.ended(), 1);
      assert.include(server.output, `The ${name} has ended`);
      assert.deepEqual(family.filter((pid) => !isGone(pid)), []);
      assert.include(await demo.page.getByRole('alert').innerText(), 'do not answer');
      await demo.page.context().close();
    });

  it('leaves no process behind where the script itself is killed', async () => {
    const server = await start();
    const [script, ...others] = server.pids;
    process.kill(script!, 'SIGKILL');
    // Whoever adopts them may leave their names in the list of processes, but nothing runs.
    await until(() => others.every(isAshes));
    assert.equal(await server.ended(), null);
  });

  it('runs without Redis, and says what that means', async () => {
    const server = await start({ REDIS_SERVER_PATH: '/nowhere/redis-server' });
    assert.include(server.output, 'No redis-server here');
    await visit(server.url);
    assert.match(await demo.verdict('Replay'), verdicts['Replay']!);
    assert.match(await demo.verdict('Replay on replica B'), /^CHALLENGE bad_or_missing_nonce .*Replica B.*Thief.*none that this server knows/);
    assert.match(await demo.verdict('Revoke'), allowed);
    assert.include(await demo.page.locator('.notice').innerText(), 'No Redis');
    await demo.page.context().close();
  });

  it('has its picture in the documents', () => {
    assert.isTrue(existsSync(new URL('../../docs/demo-live.png', import.meta.url)));
  });
});
