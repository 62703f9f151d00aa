/** The guide to proxies: its nginx configurations in front of its servers, as they stand but for the ports. */

import { assert } from 'chai';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { readDocument } from '../../scripts/docs-samples.mjs';
import { createResourceServer, type NodeGuard } from '../../src/resource-server.ts';
import { createApi, type Api } from '../support/api.ts';
import { startNginx, type Nginx } from '../support/nginx.ts';
import { sendRaw } from '../support/raw-http.ts';
import { createSampleRunner } from '../support/run-sample.ts';

const document = 'docs/guides/proxy.md';

/** The `location` block of an example. */
function locationOf(example: string): string {
  const [, block = ''] = new RegExp(`<!-- example: ${example} -->\n\`\`\`nginx\n.*?^(  location .*?^  })$`, 'ms').exec(readDocument(document)) ?? [];
  assert.include(block, 'proxy_pass', example);
  return block;
}

for (const { example, names, urls, foreign, refusal } of [
  { example: 'prefix', names: ['example.com'], urls: ['https://example.com/shop/orders?page=2'], foreign: 'https://evil.example/shop/orders', refusal: { status: 401, code: 'uri_mismatch' } },
  { example: 'hosts', names: ['a.example.com', 'b.example.com'], urls: ['https://a.example.com/orders', 'https://b.example.com/orders?page=2'], foreign: 'https://evil.example/orders', refusal: { status: 400, code: 'malformed_request' } },
]) {
  describe(`guide: behind a proxy, ${example}`, () => {
    const samples = createSampleRunner(document);
    let api: Api;
    let server: Server;
    let nginx: Nginx;

    before(async () => {
      api = await createApi();
      Object.assign(globalThis, { resourceServer: createResourceServer(api.options) });
      const { guard } = await samples.run<{ guard: NodeGuard }>(example, 'guard');
      server = createServer((message, response) => {
        void guard(message, response).then((keybound) => keybound && response.end(keybound.claims.sub));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      nginx = await startNginx(locationOf(example).replace('127.0.0.1:8080', `127.0.0.1:${(server.address() as AddressInfo).port}`), names);
    });
    after(async () => {
      await nginx?.stop();
      server?.close();
      Reflect.deleteProperty(globalThis, 'resourceServer');
      samples.remove();
    });

    /** Calls one URL with a proof for another. */
    async function call(called: string, proven = called) {
      const { host, pathname, search } = new URL(called);
      const socket = connect({ port: nginx.port, host: '127.0.0.1', servername: names[0]!, ca: nginx.ca });
      await once(socket, 'secureConnect');
      const lines = (await api.request({ url: proven })).headers.map((line) => line.join(': '));
      return sendRaw(socket, { host, target: pathname + search, lines });
    }

    for (const url of urls) {
      it(`a proof for ${url} passes`, async () => {
        assert.equal((await call(url)).status, 200);
      });

      it(`${url} with a proof for another host is refused`, async () => {
        const { pathname } = new URL(url);
        for (const other of ['evil.example', ...names].filter((name) => name !== new URL(url).host)) {
          assert.include((await call(url, `https://${other}${pathname}`)).body, '"code":"uri_mismatch"', other);
        }
      });
    }

    it(`a proof for ${foreign}, called there, is refused`, async () => {
      const { status, body } = await call(foreign);
      assert.equal(status, refusal.status);
      assert.include(body, `"code":"${refusal.code}"`);
    });
  });
}
