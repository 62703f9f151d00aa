/** The guard in frameworks: the samples of docs/guides/frameworks.md as they stand, real packages, bytes on a socket. */

import { assert } from 'chai';
import type { Express } from 'express';
import express from 'express';
import fastify, { type FastifyInstance } from 'fastify';
import type { Hono } from 'hono';
import type Koa from 'koa';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createResourceServer, guardFetch, guardNode, sendResponse, type ResourceServer } from '../../src/resource-server.ts';
import { toRequest } from '../servers/listen.ts';
import { createApi, type Api, type SendParts } from '../support/api.ts';
import { sendRaw, type RawRequest } from '../support/raw-http.ts';
import { createSampleRunner } from '../support/run-sample.ts';
import { named } from '../support/versions.ts';

const publicUrl = 'https://api.example.com';
const form = 'Content-Type: application/x-www-form-urlencoded';

const serveFetch = ({ fetch }: { fetch(request: Request): Response | Promise<Response> }): Server =>
  createServer((message, target) => {
    const respond = async () => sendResponse(target, await fetch(await toRequest(message, publicUrl)));
    respond().catch((error: Error) => target.destroy(error));
  });

interface Framework {
  readonly title: string;
  readonly sample: string;
  /** The server of the app that the sample makes. */
  readonly serve: (app: never) => Server | Promise<Server>;
}

const frameworks: Framework[] = [
  { title: named('express'), sample: 'express', serve: (app: Express) => createServer(app) },
  { title: 'node:http', sample: 'node', serve: (app: Server) => app },
  { title: named('fastify'), sample: 'fastify', serve: async (app: FastifyInstance) => (await app.ready(), app.server) },
  { title: named('koa'), sample: 'koa', serve: (app: Koa) => createServer((message, target) => void app.callback()(message, target)) },
  { title: named('hono'), sample: 'hono', serve: (app: Hono) => serveFetch({ fetch: (request) => app.fetch(request) }) },
  { title: 'fetch handler', sample: 'fetch', serve: serveFetch },
];

describe('interop: frameworks behind our guard', () => {
  const samples = createSampleRunner('docs/guides/frameworks.md');
  let api: Api;
  let resourceServer: ResourceServer;
  let server: Server | undefined;

  beforeEach(async () => {
    api = await createApi();
    const nonce = { policy: 'single-use', secret: crypto.getRandomValues(new Uint8Array(32)) } as const;
    resourceServer = createResourceServer({ ...api.options, nonce, publicUrl: new URL(publicUrl) });
    Object.assign(globalThis, { resourceServer });
  });
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    Reflect.deleteProperty(globalThis, 'resourceServer');
  });
  after(() => samples.remove());

  async function start(serve: Server | Promise<Server>): Promise<void> {
    server = (await serve).listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  const send = (request: RawRequest) => sendRaw((server!.address() as AddressInfo).port, { target: '/orders', ...request });
  const lines = async (parts: SendParts) => (await api.request(parts)).headers.map((line) => line.join(': '));
  const fetchNonce = async (target?: string) => (await send({ lines: await lines({}), ...(target && { target }) })).headers.get('DPoP-Nonce')!;

  for (const { title, sample, serve } of frameworks) {
    describe(title, () => {
      beforeEach(async () => {
        const { app } = await samples.run<{ app: never }>(sample, 'app');
        await start(serve(app));
      });

      it(`${title}: a request passes, the handler sees its claims, the answer brings the next nonce (RFC 9449 §8.2)`, async () => {
        const nonce = await fetchNonce();
        const answer = await send({ lines: await lines({ nonce }), target: '/orders?page=2' });
        assert.equal(answer.status, 200, answer.body);
        assert.include(answer.body, '"of":"alice"');
        assert.notInclude([null, nonce], answer.headers.get('DPoP-Nonce'));
        assert.equal(answer.headers.get('Cache-Control'), 'no-store');
        const next = await send({ lines: await lines({ nonce: answer.headers.get('DPoP-Nonce')! }) });
        assert.equal(next.status, 200, next.body);
      });

      it(`${title}: a denial is sent whole: status, challenge, nonce and body (RFC 9449 §7.1, §9)`, async () => {
        const answer = await send({ lines: await lines({}) });
        assert.equal(answer.status, 401);
        assert.match(answer.headers.get('WWW-Authenticate')!, /^DPoP error="use_dpop_nonce".*algs="Ed25519 EdDSA ES256"$/);
        assert.match(answer.headers.get('DPoP-Nonce')!, /^[\w-]{64}$/);
        assert.equal(answer.headers.get('Content-Type')?.split(';')[0], 'application/json');
        assert.include(answer.body, '"code":"bad_or_missing_nonce"');
        assert.notInclude(answer.body, 'alice');
      });

      it(`${title}: a denied HEAD has status, challenge and nonce, and the next one passes (RFC 9110 §9.3.2, RFC 9449 §9)`, async () => {
        const denied = await send({ method: 'HEAD', lines: await lines({ method: 'HEAD' }) });
        assert.equal(denied.status, 401);
        assert.match(denied.headers.get('WWW-Authenticate')!, /^DPoP error="use_dpop_nonce"/);
        assert.equal(denied.body, '');
        const answer = await send({ method: 'HEAD', lines: await lines({ method: 'HEAD', nonce: denied.headers.get('DPoP-Nonce')! }) });
        assert.equal(answer.status, 200);
      });

      it(`${title}: no credentials is 401, and the handler is not asked (RFC 6750 §3)`, async () => {
        const answer = await send({ lines: [] });
        assert.equal(answer.status, 401);
        assert.equal(answer.headers.get('WWW-Authenticate'), 'DPoP algs="Ed25519 EdDSA ES256"');
        assert.notInclude(answer.body, '"of"');
      });

      it(`${title}: two Authorization headers are refused, and two DPoP headers, as raw bytes (RFC 9110 §5.3, RFC 9449 §4.3 (1))`, async () => {
        const nonce = await fetchNonce();
        const [authorization, proof] = (await lines({ nonce })) as [string, string];
        for (const twice of [[authorization, authorization, proof], [authorization, proof, proof], [authorization, 'Authorization: Bearer x', proof]]) {
          const answer = await send({ lines: twice });
          assert.equal(answer.status, 400, twice.join());
          assert.include(answer.body, '"code":"malformed_request"');
        }
        assert.equal((await send({ lines: [authorization, proof] })).status, 200, 'nothing was spent');
      });

      it(`${title}: a bound token sent as Bearer is refused (RFC 9449 §7.2)`, async () => {
        const [, proof] = await lines({});
        const token = await api.issueToken();
        const answer = await send({ lines: [`Authorization: Bearer ${token}`, proof!] });
        assert.equal(answer.status, 401);
        assert.include(answer.body, '"code":"bearer_downgrade"');
      });
    });
  }

  it(`${named('express')}: the lines of README let a request pass, and deny one without credentials`, async () => {
    const app = express();
    Object.assign(globalThis, { app });
    const readme = createSampleRunner('README.md');
    await readme.run('express').finally(() => {
      Reflect.deleteProperty(globalThis, 'app');
      readme.remove();
    });
    await start(createServer(app));
    const answer = await send({ lines: await lines({ nonce: await fetchNonce() }) });
    assert.equal(answer.status, 200, answer.body);
    assert.include(answer.body, '"of":"alice"');
    assert.equal((await send({ lines: [] })).status, 401);
  });

  it(`${named('express')}: below a mount path a proof is for the URL that was called, not for the rest of it`, async () => {
    const router = express.Router();
    router.use('/a', guardNode(resourceServer, { publicUrl }), (request, response) => void response.json(request.keybound!.claims));
    await start(createServer(express().use('/deep', router)));
    const url = `${publicUrl}/deep/a/orders`;
    const nonce = await fetchNonce('/deep/a/orders');
    const answer = await send({ target: '/deep/a/orders', lines: await lines({ nonce, url }) });
    assert.equal(answer.status, 200, answer.body);
    const other = await send({ target: '/deep/a/orders', lines: await lines({ nonce, url: `${publicUrl}/orders` }) });
    assert.include(other.body, '"code":"uri_mismatch"');
  });

  it(`${named('express')}: a token in a form is refused behind a body parser, also beside a good proof (RFC 6750 §2)`, async () => {
    const app = express().use(express.urlencoded({ extended: false }), guardNode(resourceServer, { publicUrl, proofAlgorithms: ['ES256'] }));
    await start(createServer(app.post('/orders', (_, response) => void response.json('let in'))));
    await assertFormsRefused('ES256');
  });

  it(`${named('fastify')}: a token in a form is refused behind a body parser, also beside a good proof (RFC 6750 §2)`, async () => {
    const { app } = await samples.run<{ app: FastifyInstance }>('fastify', 'app');
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) => done(null, new URLSearchParams(String(body))));
    app.post('/orders', () => 'let in');
    await app.ready();
    await start(app.server);
    await assertFormsRefused();
  });

  it('fetch handler: a token in a form is refused, also beside a good proof; other forms reach the handler whole (RFC 6750 §2)', async () => {
    await start(serveFetch({ fetch: guardFetch(resourceServer, async (request) => new Response(`let in: ${await request.text()}`)) }));
    await assertFormsRefused();
  });

  async function assertFormsRefused(algs = 'Ed25519 EdDSA ES256'): Promise<void> {
    const post = async (nonce: string, body: string) => send({ method: 'POST', lines: [...(await lines({ nonce, method: 'POST' })), form], body });
    const nonce = (await send({ method: 'POST', lines: await lines({ method: 'POST' }) })).headers.get('DPoP-Nonce')!;
    const refused = await post(nonce, `a=1&access_token=${await api.issueToken()}`);
    assert.equal(refused.status, 400, refused.body);
    assert.include(refused.body, '"error":"invalid_request"');
    assert.include(refused.headers.get('WWW-Authenticate')!, `algs="${algs}"`);
    const taken = await post(refused.headers.get('DPoP-Nonce')!, 'a=1');
    assert.equal(taken.status, 200, taken.body);
    assert.include(taken.body, 'let in');
  }

  it('fetch handler: a handler that lets answers be stored does not get its nonces stored; env and ctx arrive (RFC 9449 §8.2)', async () => {
    const guarded = guardFetch(resourceServer, (request, env: { name: string }) =>
      Response.json([env.name, request.keybound.jkt], { headers: { 'Cache-Control': 'public', 'X-Own': 'kept' } }));
    const ask = async (nonce?: string) => guarded(new Request(`${publicUrl}/orders`, { headers: (await api.request({ nonce })).headers }), { name: 'env' });
    const answer = await ask((await ask()).headers.get('DPoP-Nonce')!);
    assert.deepEqual(await answer.json(), ['env', api.alice.jkt]);
    assert.deepEqual(['Cache-Control', 'X-Own'].map((name) => answer.headers.get(name)), ['no-store', 'kept']);
    assert.match(answer.headers.get('DPoP-Nonce')!, /^[\w-]{64}$/);
  });

  it('fetch handler: an answer that was fetched elsewhere, whose headers are fixed, gets the nonce too', async () => {
    await start(createServer((_, target) => void target.end('from elsewhere')));
    const { port } = server!.address() as AddressInfo;
    const guarded = guardFetch(resourceServer, () => fetch(`http://127.0.0.1:${port}/`));
    const ask = async (nonce?: string) => guarded(new Request(`${publicUrl}/orders`, { headers: (await api.request({ nonce })).headers }));
    const answer = await ask((await ask()).headers.get('DPoP-Nonce')!);
    assert.equal(await answer.text(), 'from elsewhere');
    assert.match(answer.headers.get('DPoP-Nonce')!, /^[\w-]{64}$/);
  });

  it('node:http: what goes wrong in answering reaches next, or rejects; the handler is never asked', async () => {
    const failure = new Error('the answer has begun already');
    const target = { statusCode: 0, setHeader: () => { throw failure; }, end: () => undefined };
    const guard = guardNode(resourceServer, { publicUrl });
    const message = { method: 'GET', url: '/orders', rawHeaders: [] };
    const heard: unknown[] = [];
    assert.isUndefined(await guard(message, target, (error) => heard.push(error)));
    assert.deepEqual(heard, [failure]);
    assert.equal(await guard(message, target).catch((error: unknown) => error), failure);
  });

  it('node:http: a public URL that is none is a TypeError when the guard is made', () => {
    assert.throws(() => guardNode(resourceServer, { publicUrl: '/orders' }), TypeError, 'publicUrl');
  });

  it(`${named('fastify')}: what rewrites URLs does not change what a proof is for`, async () => {
    const app = fastify({ rewriteUrl: () => '/orders' });
    app.addHook('onRequest', async ({ raw }, reply) => void ((await guardNode(resourceServer, { publicUrl })(raw, reply.raw)) ?? reply.hijack()));
    app.get('/orders', () => 'let in');
    await app.ready();
    await start(app.server);
    const url = `${publicUrl}/old`;
    const nonce = await fetchNonce('/old');
    assert.equal((await send({ target: '/old', lines: await lines({ nonce, url }) })).body, 'let in');
  });
});
