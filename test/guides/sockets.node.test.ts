/** The guide's sockets while they are open: tokens that end, clients that do not care, stores that fail. */

import { assert } from 'chai';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { createTickets, memoryRevocation, type AccessTokenClaims, type AllowDecision, type RevocationSource, type SocketAllowance } from '../../src/resource-server.ts';
import { createApi } from '../support/api.ts';
import { makeProof } from '../support/proofs.ts';
import { createSampleRunner } from '../support/run-sample.ts';

interface Sample {
  serve(opened: WebSocket, allowance: SocketAllowance): void;
}

const page = 'https://app.example.com';
const url = 'https://api.example.com/live';

describe('guide: sockets that are open', () => {
  const samples = createSampleRunner('docs/guides/callers.md');
  const obeyed: string[] = [];
  let sample: Sample;
  let server: Server;
  let client: WebSocket;
  /** What is asked for revocations. */
  let revocation: RevocationSource;
  let allowance: SocketAllowance;
  /** What the last look at the token came to. */
  let looked: Promise<unknown>;

  before(async () => {
    const { options } = await createApi();
    const answerMessage = ({ sub }: AccessTokenClaims, text: string) => {
      obeyed.push(text);
      return `${sub} said ${text}`;
    };
    Object.assign(globalThis, { serverOptions: options, pageOrigin: page, publicUrl: new URL(url), answerMessage });
    sample = await samples.run<Sample>('sockets', 'serve');
  });
  beforeEach(async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    obeyed.length = 0;
    const api = await createApi();
    revocation = memoryRevocation();
    const tickets = createTickets({
      replayStore: api.options.replayStore, origins: [page], nowSeconds: () => api.clock.nowSeconds,
      revocation: { check: (token) => revocation.check(token) },
    });
    const issued = await tickets.issue((await api.send()) as AllowDecision, { url });
    const proof = await makeProof({ key: api.alice, url, nonce: (issued as { ticket: string }).ticket, nowSeconds: api.clock.nowSeconds });
    const redeemed = await tickets.redeem({ method: 'GET', url, headers: [['Sec-WebSocket-Protocol', `keybound, dpop.${proof}`]] });
    assert.isTrue(redeemed.ok);
    const { recheck, ...rest } = redeemed;
    // The time of the test's API stands still, that of sockets does not.
    const expiresAtSeconds = Date.now() / 1000 + 300;
    allowance = { ...rest, expiresAtSeconds, recheck: () => (looked = recheck()) };
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    mock.timers.reset();
    client.terminate();
    server.close();
  });
  after(() => {
    for (const name of ['serverOptions', 'pageOrigin', 'publicUrl', 'answerMessage']) Reflect.deleteProperty(globalThis, name);
    samples.remove();
  });

  /** Both ends of a socket that the sample serves. */
  async function open(terms = allowance): Promise<WebSocket> {
    const sockets = new WebSocketServer({ noServer: true });
    const served = new Promise<WebSocket>((resolve) => {
      server.once('upgrade', (message, socket, head) => {
        sockets.handleUpgrade(message, socket, head, (opened) => {
          sample.serve(opened, terms);
          resolve(opened);
        });
      });
    });
    client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/live`).on('error', () => {});
    await once(client, 'open');
    return served;
  }

  /** The interval of the sample passes, and its look at the token is over. */
  async function lookAgain(): Promise<void> {
    mock.timers.tick(30_000);
    await looked;
  }

  async function assertObeyed(text: string): Promise<void> {
    client.send(text);
    assert.equal(String((await once(client, 'message'))[0]), `alice said ${text}`);
  }

  const closedWith = async () => (await once(client, 'close'))[0] as number;

  it('say who speaks while the token is alive', async () => {
    await open();
    await assertObeyed('hello');
    await lookAgain();
    await assertObeyed('hello again');
  });

  it('close when the token ends, and when it is revoked', async () => {
    await open({ ...allowance, expiresAtSeconds: Date.now() / 1000 });
    assert.equal(await closedWith(), 4401);
    await open();
    revocation = { check: async () => true };
    const closed = closedWith();
    await lookAgain();
    assert.equal(await closed, 4401);
  });

  it('obey nobody whose token has ended, though the client leaves the close unanswered and goes on', async () => {
    const opened = await open();
    await assertObeyed('before');
    // A client that reads nothing any more answers no close (RFC 6455 §5.5.1).
    client.pause();
    revocation = { check: async () => true };
    await lookAgain();
    client.send('pay the thief');
    await once(opened, 'message');
    assert.equal(opened.readyState, WebSocket.CLOSING);
    assert.deepEqual(obeyed, ['before']);
  });

  it('outlive one look that fails, and end as "try again later" at the second in a row', async () => {
    const up = revocation;
    const down: RevocationSource = { check: async () => Promise.reject(new Error('down')) };
    await open();
    for (const source of [down, up, down]) {
      revocation = source;
      await lookAgain();
      await assertObeyed('still here');
    }
    const closed = closedWith();
    await lookAgain();
    assert.equal(await closed, 1013);
  });
});
