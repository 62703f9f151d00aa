import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { assert } from 'chai';
import { fromNode, sendResponse } from '../../src/resource-server.ts';
import { createApi, type Api } from '../support/api.ts';

describe('Node adapter: a real server', () => {
  let server: Server;
  let port: number;
  let api: Api;

  beforeEach(async () => {
    api = await createApi();
    const respond = async (message: IncomingMessage, target: ServerResponse) => {
      const decision = await api.verify(fromNode(message, { publicUrl: 'https://api.example.com' }) as never);
      await sendResponse(target, decision.ok ? Response.json({ sub: decision.claims.sub }) : decision.response());
    };
    server = createServer((message, target) => void respond(message, target)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  afterEach(() => server.close());

  /** Sends bytes as they stand, as no HTTP client would. */
  async function sendRaw(target: string, lines: readonly string[]): Promise<{ status: number; text: string }> {
    const socket = connect(port, '127.0.0.1');
    socket.write([`GET ${target} HTTP/1.1`, 'Host: evil.example', 'Connection: close', ...lines, '', ''].join('\r\n'));
    let text = '';
    for await (const chunk of socket.setEncoding('utf8')) text += chunk;
    return { status: Number(text.split(' ')[1]), text };
  }

  const linesOf = async () => (await api.request()).headers.map((line) => line.join(': '));

  it('lets a legitimate request pass, whatever its Host says', async () => {
    const { status, text } = await sendRaw('/orders?page=1', await linesOf());
    assert.equal(status, 200);
    assert.include(text, '"sub":"alice"');
  });

  it('10, 15 sees duplicate headers, which Node drops or joins', async () => {
    const [authorization, proof] = (await linesOf()) as [string, string];
    assert.equal((await sendRaw('/orders', [authorization, authorization, proof])).status, 400);
    assert.equal((await sendRaw('/orders', [authorization, proof, proof])).status, 400);
    assert.equal((await sendRaw('/orders', [authorization, proof])).status, 200);
  });

  it('takes path and query of an absolute target, never its host', async () => {
    const lines = await linesOf();
    assert.equal((await sendRaw('http://evil.example/orders', lines)).status, 200);
    assert.equal((await sendRaw('//api.example.com/orders', await linesOf())).status, 401);
  });

  it('sends a denial whole: status, challenge and body', async () => {
    const { status, text } = await sendRaw('/orders', []);
    assert.equal(status, 401);
    assert.match(text, /www-authenticate: DPoP algs="Ed25519 EdDSA ES256"/i);
    assert.include(text, '"code":"missing_credentials"');
  });

  it('keeps several cookies apart', async () => {
    const headers = new Headers([['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']]);
    const cookies: unknown[] = [];
    const target = { statusCode: 0, setHeader: (_: string, value: unknown) => cookies.push(value), end: () => undefined };
    await sendResponse(target, new Response(null, { headers }));
    assert.deepEqual(cookies, [['a=1', 'b=2']]);
  });
});
