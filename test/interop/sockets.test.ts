/** WebSockets with tickets: the client of examples/callers and the server half of docs/guides/callers.md, over real sockets. */

import { assert } from 'chai';
import { openSocket } from '../../examples/callers/socket.ts';
import { createCaller, type Caller } from '../support/callers.ts';
import { named } from '../support/versions.ts';
import { findSurroundings, type Surroundings } from './surroundings.ts';

const isInPage = typeof document !== 'undefined';
const title = named('ws');

describe('interop: WebSockets with tickets', () => {
  let surroundings: Surroundings;
  let caller: Caller;
  let url: string;
  let ticketUrl: string;

  before(async () => {
    surroundings = await findSurroundings();
    // Node 20 has no WebSocket of its own.
    if (!isInPage) globalThis.WebSocket ??= (await import('ws')).WebSocket as unknown as typeof WebSocket;
  });
  beforeEach(async () => {
    caller = await createCaller(surroundings);
    url = `${surroundings.servers.callers.replace(/^http/, 'ws')}/live`;
    ticketUrl = `${caller.base}/ticket`;
  });
  afterEach(() => caller.keybound.destroy());
  after(() => surroundings.close());

  const next = <Type extends keyof WebSocketEventMap>(socket: WebSocket, type: Type) =>
    new Promise<WebSocketEventMap[Type]>((resolve) => socket.addEventListener(type, resolve, { once: true }));

  /** What becomes of a handshake: `open`, or the refusal, of which browsers tell no more than that. */
  async function outcomeOf(socket: WebSocket): Promise<string> {
    socket.addEventListener('error', () => {});
    const outcome = await Promise.race([next(socket, 'open'), next(socket, 'close')]);
    socket.close();
    return outcome.type;
  }

  async function fetchTicket(): Promise<string> {
    return ((await (await caller.api(ticketUrl, { method: 'POST' })).json()) as { ticket: string }).ticket;
  }

  const open = (proof: string, at = url) => new WebSocket(at, ['keybound', `dpop.${proof}`]);
  const prove = (nonce: string | undefined, { proof } = caller.keybound) => proof({ method: 'GET', url: url.replace(/^ws/, 'http'), nonce });

  it(`${title}: a ticket opens a socket, the answer names the subprotocol and not the proof, and the server knows who speaks`, async () => {
    const socket = await openSocket(caller.keybound, caller.api, { ticketUrl, url });
    await next(socket, 'open');
    assert.equal(socket.protocol, 'keybound');
    assert.equal(socket.url, url, 'no secret in the URL');
    socket.send('hello');
    assert.equal((await next(socket, 'message')).data, 'alice said hello');
    socket.close();
    await next(socket, 'close');
    // Offered in the other order: servers name the first one unless they are told.
    const another = new WebSocket(url, [`dpop.${await prove(await fetchTicket())}`, 'keybound']);
    await next(another, 'open');
    assert.equal(another.protocol, 'keybound');
    another.close();
    await next(another, 'close');
  });

  it(`${title}: the next socket needs the next ticket; one that was used is refused`, async () => {
    const ticket = await fetchTicket();
    assert.equal(await outcomeOf(open(await prove(ticket))), 'open');
    assert.equal(await outcomeOf(open(await prove(ticket))), 'close');
    assert.equal(await outcomeOf(await openSocket(caller.keybound, caller.api, { ticketUrl, url })), 'open');
  });

  it(`${title}: the proof of another key is refused, one without a ticket, and one for another URL`, async () => {
    const thief = await createCaller(surroundings);
    const ticket = await fetchTicket();
    assert.equal(await outcomeOf(open(await prove(ticket, thief.keybound))), 'close');
    assert.equal(await outcomeOf(open(await prove(undefined))), 'close');
    assert.equal(await outcomeOf(open(await prove(ticket), `${url}?room=8`)), 'close');
    assert.equal(await outcomeOf(open(await prove(ticket))), 'open', 'nothing was spent');
    await thief.keybound.destroy();
  });

  it(`${title}: no ticket where the API says no: the example's error has the status`, async () => {
    const error = await openSocket(caller.keybound, caller.api, { ticketUrl: `${caller.base}/refused`, url }).then(() => undefined, (reason: Error) => reason);
    assert.equal(error?.message, 'No ticket: HTTP 401');
  });

  if (!isInPage) {
    /** The status and the code that a refused handshake is answered with. */
    async function answerTo(protocols: string[], headers: Record<string, string> = {}): Promise<string> {
      const { WebSocket: NodeSocket } = await import('ws');
      const socket = new NodeSocket(url, protocols, { headers });
      return new Promise((resolve) => {
        socket.on('open', () => (socket.close(), resolve('open')));
        socket.on('error', () => {});
        socket.on('unexpected-response', (_, response) => {
          let body = '';
          response.on('data', (chunk) => (body += String(chunk)));
          response.on('end', () => resolve(`${response.statusCode} ${(JSON.parse(body) as { code: string }).code}`));
        });
      });
    }

    it(`${title}: clients that break off in the handshake, or break the protocol, do not end the server's process`, async () => {
      const { connect } = await import('node:net');
      const { hostname, port } = new URL(surroundings.servers.callers);
      const begin = ['GET /live HTTP/1.1', `Host: ${hostname}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
      const handshake = async (ticket: string) => [...begin, `Sec-WebSocket-Protocol: keybound, dpop.${await prove(ticket)}`, '', ''].join('\r\n');
      for (const ticket of [await fetchTicket(), 'made-up', 'made-up', 'made-up', await fetchTicket()]) {
        const request = await handshake(ticket);
        const socket = connect(Number(port), hostname);
        socket.on('error', () => {});
        await new Promise((resolve) => socket.write(request, resolve));
        socket.resetAndDestroy();
      }
      const socket = connect(Number(port), hostname).on('error', () => {});
      socket.write(await handshake(await fetchTicket()));
      await new Promise((resolve) => socket.once('data', resolve));
      // A frame with reserved bits set, and no mask (RFC 6455 §5.1, §5.2).
      socket.write(new Uint8Array([0xff, 0xff]));
      await new Promise((resolve) => socket.once('close', resolve));
      assert.equal(await outcomeOf(await openSocket(caller.keybound, caller.api, { ticketUrl, url })), 'open');
    });

    it(`${title}: in Node a refusal is HTTP with a code; a page of another origin is 403 (RFC 6455 §4.2.2)`, async () => {
      const ticket = await fetchTicket();
      assert.equal(await answerTo(['keybound']), '401 proof_missing');
      assert.equal(await answerTo(['keybound', `dpop.${await prove('made-up')}`]), '401 bad_ticket');
      assert.equal(await answerTo(['keybound', `dpop.${await prove(ticket)}`], { Origin: 'https://evil.example' }), '403 origin_not_allowed');
      const thief = await createCaller(surroundings);
      assert.equal(await answerTo(['keybound', `dpop.${await prove(ticket, thief.keybound)}`]), '401 proof_key_not_bound_to_token');
      await thief.keybound.destroy();
      const proof = await prove(ticket);
      assert.equal(await answerTo(['keybound', `dpop.${proof}`]), 'open', 'nothing was spent');
      assert.equal(await answerTo(['keybound', `dpop.${proof}`]), '401 proof_replayed');
      assert.equal(await answerTo(['keybound', `dpop.${await prove(ticket)}`]), '401 bad_ticket');
    });
  }
});
