/** The guard behind a real nginx that ends TLS: what counts is what the client called, and no header can say otherwise. */

import { assert } from 'chai';
import express from 'express';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { createResourceServer, forwardedUrl, guardNode, type NodeGuard } from '../../src/resource-server.ts';
import { createApi, type Api, type SendParts } from '../support/api.ts';
import { startNginx, type Nginx } from '../support/nginx.ts';
import { sendRaw, type RawRequest } from '../support/raw-http.ts';
import { named } from '../support/versions.ts';

describe('interop: our guard behind a proxy', () => {
  let api: Api;
  let nginx: Nginx;
  let origin: string;
  const servers: Server[] = [];

  /** By app: made when the proxy's port is known, which is after the apps'. */
  const guards: Record<string, NodeGuard> = {};

  /** An app that trusts its proxy, as many do, on a port of its own. */
  async function startApp(name: string): Promise<number> {
    const app = express().set('trust proxy', true).use((request, response, next) => guards[name]!(request, response, next));
    const server = createServer(app.use((request, response) => void response.json({ of: request.keybound!.claims.sub })));
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  before(async () => {
    api = await createApi();
    const nonce = { policy: 'single-use', secret: crypto.getRandomValues(new Uint8Array(32)) } as const;
    const resourceServer = createResourceServer({ ...api.options, nonce });
    nginx = await startNginx(`
      location /shop/ { proxy_pass http://127.0.0.1:${await startApp('cut')}/; }
      location / { proxy_pass http://127.0.0.1:${await startApp('whole')}; }
    `);
    origin = `https://localhost:${nginx.port}`;
    guards.cut = guardNode(resourceServer, { publicUrl: `${origin}/shop` });
    guards.whole = guardNode(resourceServer, { publicUrl: origin });
  });
  after(async () => {
    await nginx?.stop();
    for (const server of servers) server.close();
  });

  async function send(request: RawRequest) {
    const socket = connect({ port: nginx.port, host: '127.0.0.1', servername: 'localhost', ca: nginx.ca });
    await once(socket, 'secureConnect');
    return sendRaw(socket, { host: `localhost:${nginx.port}`, ...request });
  }

  const lines = async (parts: SendParts) => (await api.request(parts)).headers.map((line) => line.join(': '));

  /** Sends a good request for `url` to `target`, with the nonce of the challenge before it. */
  async function call({ target, url = origin + target, more = [], host }: { target: string; url?: string; more?: string[]; host?: string }) {
    const bare = { target, ...(host !== undefined && { host }) };
    const challenge = await send({ ...bare, lines: await lines({ url: origin + target }) });
    const nonce = challenge.headers.get('DPoP-Nonce') ?? undefined;
    return send({ ...bare, lines: [...(await lines({ url, nonce })), ...more] });
  }

  const title = `nginx (TLS), ${named('express')}`;

  it(`${title}: TLS ends and a prefix is cut at the proxy, a proof for the public URL passes`, async () => {
    const answer = await call({ target: '/shop/orders?page=2' });
    assert.equal(answer.status, 200, answer.body);
    assert.equal(answer.body, '{"of":"alice"}');
    assert.match(answer.headers.get('DPoP-Nonce')!, /^[\w-]{64}$/);
  });

  it(`${title}: the challenge comes through whole (RFC 9449 §9)`, async () => {
    const answer = await send({ target: '/shop/orders', lines: await lines({ url: `${origin}/shop/orders` }) });
    assert.equal(answer.status, 401);
    assert.match(answer.headers.get('WWW-Authenticate')!, /^DPoP error="use_dpop_nonce"/);
  });

  it(`${title}: a proof for the URL that the app sees is refused`, async () => {
    const { port } = servers[0]!.address() as AddressInfo;
    for (const url of [`http://127.0.0.1:${port}/orders`, `${origin}/orders`, `http://localhost:${nginx.port}/shop/orders`]) {
      assert.include((await call({ target: '/shop/orders', url })).body, '"code":"uri_mismatch"', url);
    }
  });

  const forwarding = [
    'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: http', 'X-Forwarded-Port: 80', 'X-Forwarded-Prefix: /evil', 'X-Original-URL: /admin',
    'X-Rewrite-URL: /admin', 'Forwarded: host=evil.example;proto=http', 'X-Forwarded-For: 127.0.0.1',
  ];

  for (const header of forwarding) {
    it(`${title}: ${header.split(':')[0]} neither helps a proof for another URL nor hurts a good one`, async () => {
      for (const url of ['http://evil.example/shop/orders', 'https://evil.example/shop/orders', `${origin}/evil/orders`, `${origin}/admin`]) {
        assert.include((await call({ target: '/shop/orders', url, more: [header] })).body, '"code":"uri_mismatch"', url);
      }
      assert.equal((await call({ target: '/shop/orders', more: [header] })).status, 200);
    });
  }

  it(`${title}: Host neither helps a proof for another URL nor hurts a good one`, async () => {
    const host = 'evil.example';
    assert.include((await call({ target: '/shop/orders', url: `https://${host}/shop/orders`, host })).body, '"code":"uri_mismatch"');
    assert.equal((await call({ target: '/shop/orders', host })).status, 200);
  });

  it(`${title}: doubled headers are refused through the proxy (RFC 9449 §4.3 (1))`, async () => {
    const url = `${origin}/shop/orders`;
    const nonce = (await send({ target: '/shop/orders', lines: await lines({ url }) })).headers.get('DPoP-Nonce')!;
    const [authorization, proof] = (await lines({ url, nonce })) as [string, string];
    for (const twice of [[authorization, authorization, proof], [authorization, proof, proof]]) {
      assert.equal((await send({ target: '/shop/orders', lines: twice })).status, 400);
    }
    assert.equal((await send({ target: '/shop/orders', lines: [authorization, proof] })).status, 200, 'nothing was spent');
  });

  for (const target of ['/a%2Fb', '/a//b', '/%41']) {
    it(`${title}: ${target} passes where the path comes as it is`, async () => {
      assert.equal((await call({ target })).status, 200);
    });
  }

  for (const target of ['/shop/a%2Fb', '/shop/a//b']) {
    it(`${title}: ${target} is refused where the proxy has rewritten the path (docs/guides/proxy.md)`, async () => {
      assert.include((await call({ target })).body, '"code":"uri_mismatch"');
    });
  }
});

describe('interop: our guard behind a proxy for several hosts', () => {
  const names = ['a.localhost', 'b.localhost'];
  const servers: Server[] = [];
  const guards: Record<string, NodeGuard> = {};
  let api: Api;
  let nginx: Nginx;

  async function startApp(name: string): Promise<number> {
    const server = createServer((message, response) => {
      void guards[name]!(message, response).then((keybound) => keybound && response.end(keybound.claims.sub));
    });
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  before(async () => {
    api = await createApi();
    const [x, forwarded] = [await startApp('x'), await startApp('forwarded')];
    nginx = await startNginx(`
      location / {
        proxy_pass http://127.0.0.1:${x};
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $http_host;
      }
      location /added {
        proxy_pass http://127.0.0.1:${forwarded};
        proxy_set_header Forwarded '$http_forwarded, proto=$scheme;host="$http_host"';
      }
    `, names);
    const publicUrls = names.map(originOf);
    const resourceServer = createResourceServer(api.options);
    guards.x = guardNode(resourceServer, { publicUrl: forwardedUrl({ publicUrls, trustedHops: 1 }) });
    guards.forwarded = guardNode(resourceServer, { publicUrl: forwardedUrl({ publicUrls, trustedHops: 1, header: 'forwarded' }) });
  });
  after(async () => {
    await nginx?.stop();
    for (const server of servers) server.close();
  });

  const originOf = (name: string) => `https://${name}:${nginx.port}`;

  /** Sends a good request for `url` to a host of the proxy. */
  async function call({ name, url, target = new URL(url).pathname, more = [] }: { name: string; url: string; target?: string; more?: string[] }) {
    const socket = connect({ port: nginx.port, host: '127.0.0.1', servername: names[0]!, ca: nginx.ca });
    await once(socket, 'secureConnect');
    const lines = (await api.request({ url })).headers.map((line) => line.join(': '));
    return sendRaw(socket, { host: `${name}:${nginx.port}`, target, lines: [...lines, ...more] });
  }

  const title = 'nginx (TLS), node:http';

  it(`${title}: a proof for the host that was called passes, at each of two hosts`, async () => {
    for (const name of names) {
      const answer = await call({ name, url: `${originOf(name)}/orders` });
      assert.equal(answer.status, 200, name);
      assert.include(answer.body, 'alice');
    }
  });

  it(`${title}: a proof for the other host is refused`, async () => {
    const [a, b] = names as [string, string];
    for (const [name, other] of [[a, b], [b, a]] as const) {
      assert.include((await call({ name, url: `${originOf(other)}/orders` })).body, '"code":"uri_mismatch"', name);
    }
  });

  it(`${title}: a host that is not listed is refused, though the proxy passes it on`, async () => {
    const answer = await call({ name: 'evil.example', url: `${originOf('evil.example')}/orders` });
    assert.equal(answer.status, 400);
    assert.include(answer.body, '"code":"malformed_request"');
  });

  it(`${title}: what a caller says of hosts is written over, and helps no proof for another`, async () => {
    const [name, other] = names as [string, string];
    for (const line of [`X-Forwarded-Host: ${other}:${nginx.port}`, `Forwarded: host="${other}:${nginx.port}";proto=https`, 'X-Forwarded-Proto: http']) {
      assert.include((await call({ name, url: `${originOf(other)}/orders`, more: [line] })).body, '"code":"uri_mismatch"', line);
      assert.equal((await call({ name, url: `${originOf(name)}/orders`, more: [line] })).status, 200, line);
    }
  });

  it(`${title}: what a caller says in Forwarded stands left of what the proxy adds (RFC 7239 §4)`, async () => {
    const [name, other] = names as [string, string];
    const line = `Forwarded: host="${other}:${nginx.port}";proto=https`;
    assert.equal((await call({ name, url: `${originOf(name)}/added` })).status, 200);
    assert.equal((await call({ name, url: `${originOf(name)}/added`, more: [line] })).status, 200);
    assert.include((await call({ name, url: `${originOf(other)}/added`, more: [line] })).body, '"code":"uri_mismatch"');
    assert.equal((await call({ name, url: `${originOf(other)}/added`, more: ['Forwarded: for="'] })).status, 400, 'a quote left open');
  });
});
