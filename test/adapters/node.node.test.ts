import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { mock } from 'node:test';
import { assert } from 'chai';
import { fromNode, refuseUpgrade, sendResponse } from '../../src/resource-server.ts';
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

describe('Node adapter: handshakes that are refused', () => {
  let server: Server;
  let client: Socket;

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    client.destroy();
    server.close();
  });

  /** A client that never ends its own half: connected, its handshake sent. Gives the server's side of it. */
  async function begin(): Promise<Duplex> {
    client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
    client.write('GET /live HTTP/1.1\r\nHost: api.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [, socket] = (await once(server, 'upgrade')) as [IncomingMessage, Duplex];
    return socket;
  }

  const connections = () => new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));

  it('are answered whole, and the connection ends though the client keeps its half open', async () => {
    const socket = await begin();
    const closed = once(socket, 'close');
    await refuseUpgrade(socket, Response.json({ code: 'proof_missing' }, { status: 401 }));
    let text = '';
    client.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await once(client, 'end');
    assert.match(text, /^HTTP\/1\.1 401 .*\r\n\r\n\{"code":"proof_missing"\}$/s);
    await closed;
    assert.equal(await connections(), 0);
  });

  it('end after five seconds where the client leaves the answer unread', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const socket = await begin();
      const closed = once(socket, 'close');
      // More than the system's buffers take.
      await refuseUpgrade(socket, new Response('x'.repeat(2 ** 25), { status: 401 }));
      mock.timers.tick(4999);
      assert.isFalse(socket.destroyed, 'a slow client has its time');
      mock.timers.tick(1);
      await closed;
      assert.equal(await connections(), 0);
    } finally {
      mock.timers.reset();
    }
  });
});
