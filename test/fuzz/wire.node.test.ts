/** Changed bytes to a real server: whatever Node's parser makes of them is judged by the oracle of the fuzz run. */

import { assert } from 'chai';
import * as fc from 'fast-check';
import { ordersUrl, type ApiRequest } from '../support/api.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';
import { meaningOf } from './meaning.ts';
import { textChange } from './mutation.ts';

const seed = Number(process.env.FUZZ_SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]! % 2 ** 31);

describe('changed bytes on the wire', function () {
  this.timeout(180_000);
  let server: WireServer;

  before(async () => {
    console.log(`fuzz: seed ${seed}`);
    server = await startWireServer();
  });
  after(() => server.close());

  async function good(): Promise<ApiRequest> {
    const { method, headers } = await server.api.request();
    return { method, url: ordersUrl, headers: [['Host', 'api.example.com'], ...headers, ['Connection', 'close']] };
  }

  const bytesOf = ({ method, headers }: ApiRequest) => `${method} /orders HTTP/1.1\r\n${headers.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n`;

  it('pass only where the change is without meaning, and never break the server (RFC 9112 §3, §5)', async () => {
    await fc.assert(fc.asyncProperty(fc.array(textChange, { minLength: 1, maxLength: 2 }), async (changes) => {
      const original = await good();
      // The server waits for the rest of a request that was cut short: a second, whole one ends it either way.
      const changed = changes.reduce((bytes, change) => change(bytes), bytesOf(original));
      const text = await server.send(`${changed}\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      assert.notMatch(text, /^HTTP\/1\.1 5/m);
      for (const { request, decision } of await server.takeReadings()) {
        const meaning = meaningOf(original, request);
        if (decision.ok) assert.notEqual(meaning, 'different', JSON.stringify(request));
        else if (decision.code !== 'proof_replayed') assert.notEqual(meaning, 'same', `${decision.code} ${JSON.stringify(request)}`);
      }
    }), { seed, numRuns: 300 });
    assert.include(await server.send(bytesOf(await good())), '"code":"ALLOW"', 'and the server still serves');
  });
});
