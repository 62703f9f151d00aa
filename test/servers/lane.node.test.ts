/** The measuring ground itself: a lane catches what a sloppy client does, and has the faults that tests order. */

import { assert } from 'chai';
import { connect } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { generateProofKey, makeProof, type ProofKey, type ProofParts } from '../support/proofs.ts';
import { makeCertificate } from './certificate.ts';
import { openLane, type Lane, type LaneOptions } from './lane.ts';
import type { NonceRegime } from './nonce-regime.ts';

const certificate = makeCertificate();

describe('a lane', () => {
  let key: ProofKey;
  let lanes: Lane[];

  before(async () => {
    key = await generateProofKey();
  });

  beforeEach(() => {
    lanes = [];
  });

  afterEach(async () => {
    await Promise.all(lanes.map((lane) => lane.close()));
  });

  async function open(options: Partial<LaneOptions> = {}): Promise<Lane> {
    const lane = await openLane({ protocol: 'HTTP/1.1', jkt: key.jkt, nonces: 'never', ...options }, certificate);
    lanes.push(lane);
    return lane;
  }

  async function prove(lane: Lane, path: string, parts: Partial<ProofParts> = {}): Promise<string> {
    return makeProof({ key, url: lane.origin + path, nowSeconds: Math.floor(Date.now() / 1000), ...parts });
  }

  /** A request with a good proof, but for the parts that are bent. */
  async function get(lane: Lane, parts: Partial<ProofParts> = {}, accessToken = lane.accessToken): Promise<Response> {
    return send(lane, await prove(lane, '/orders', { accessToken, ...parts }), accessToken);
  }

  async function send({ origin }: Lane, proof: string, accessToken: string, path = '/orders'): Promise<Response> {
    return fetch(origin + path, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof }, redirect: 'manual' });
  }

  async function logIn(lane: Lane, parts: Partial<ProofParts> = {}): Promise<Response> {
    const proof = await prove(lane, '/token', { method: 'POST', ...parts });
    return fetch(`${lane.origin}/token`, { method: 'POST', headers: { DPoP: proof } });
  }

  const lastSeen = (lane: Lane) => lane.report().requests.at(-1)!;

  describe('catches', () => {
    const bent: Record<string, Partial<ProofParts>> = {
      htm: { method: 'POST' },
      htu: { url: 'http://127.0.0.1:1/orders' },
      ath: { accessToken: 'another' },
      iat: { nowSeconds: Date.now() / 1000 - 90 },
    };
    for (const [claim, parts] of Object.entries(bent)) {
      it(`a wrong ${claim} (RFC 9449 §4.3)`, async () => {
        const lane = await open();
        assert.equal((await get(lane)).status, 200);
        const response = await get(lane, parts);
        assert.equal(response.status, 401);
        assert.include(response.headers.get('WWW-Authenticate'), 'error="invalid_dpop_proof"');
        assert.include(lastSeen(lane), { outcome: 'invalid_dpop_proof', why: `${claim} is wrong` });
      });
    }

    it('a proof that was sent before, and one that another key signed', async () => {
      const lane = await open();
      const proof = await prove(lane, '/orders', { accessToken: lane.accessToken });
      assert.equal((await send(lane, proof, lane.accessToken)).status, 200);
      assert.equal((await send(lane, proof, lane.accessToken)).status, 401);
      assert.equal(lastSeen(lane).why, 'jti is wrong');
      assert.equal((await get(lane, { signer: await generateProofKey() })).status, 401);
      assert.equal(lastSeen(lane).why, 'signature verification failed');
    });

    it('a token that is bound to another key, a stale one until the next login, and none at all', async () => {
      const lane = await open({ staleToken: true });
      assert.equal((await get(lane)).status, 401);
      assert.include(lastSeen(lane), { outcome: 'invalid_token', why: 'it is stale' });
      const { access_token } = (await (await logIn(lane)).json()) as { access_token: string };
      assert.equal((await get(lane, {}, access_token)).status, 200);
      assert.equal((await get(lane, { key: await generateProofKey() }, access_token)).status, 401);
      assert.equal(lastSeen(lane).why, 'it is bound to another key');
      assert.equal((await fetch(lane.origin)).status, 401);
    });

    it('a nonce of the other role, or of nobody', async () => {
      const lane = await open({ nonces: 'static' });
      const nonce = (await logIn(lane)).headers.get('DPoP-Nonce')!;
      assert.equal((await logIn(lane, { nonce })).status, 200);
      assert.equal(lastSeen(lane).nonce, 0);
      for (const foreign of [nonce, 'of nobody']) {
        assert.equal((await get(lane, { nonce: foreign })).status, 401);
        assert.include(lastSeen(lane), { nonce: 'foreign', outcome: 'use_dpop_nonce' });
      }
    });
  });

  describe('takes nonces', () => {
    /** Which nonces, by index, proofs carry in turn; those in brackets must be refused. */
    const table: readonly (readonly [NonceRegime, string])[] = [
      ['never', '- - - - -'],
      ['static', '[-] 0 0 0 0'],
      ['single-use', '[-] 0 [0] 2 1'],
      [{ everyAnswers: 1 }, '[-] 0 1 [0] 2'],
      [{ everyAnswers: 2 }, '[-] 0 0 0 0 [0]'],
      ['never content, same nonce', '[-] [0] [0] [0] [0]'],
      ['never content, new nonces', '[-] [0] [1] [2] [3]'],
    ];
    for (const [nonces, steps] of table) {
      it(`${JSON.stringify(nonces)}: ${steps}`, async () => {
        const lane = await open({ nonces });
        const given: string[] = [];
        const seen: string[] = [];
        for (const step of steps.split(' ')) {
          const index = step.replace(/[[\]-]/g, '');
          const response = await get(lane, index ? { nonce: given[Number(index)] } : {});
          const nonce = response.headers.get('DPoP-Nonce');
          if (nonce !== null && !given.includes(nonce)) given.push(nonce);
          const { nonce: carried = '-', outcome } = lastSeen(lane);
          seen.push(outcome === 'ok' ? `${carried}` : `[${carried}]`);
        }
        assert.equal(seen.join(' '), steps);
      });
    }
  });

  describe('has faults:', () => {
    it('an error of its own, with a nonce (RFC 9449 §8.2)', async () => {
      const lane = await open({ error: 'invalid_grant', nonces: 'static' });
      const response = await logIn(lane);
      assert.equal(response.status, 400);
      assert.equal(((await response.json()) as { error: string }).error, 'invalid_grant');
      assert.isString(response.headers.get('DPoP-Nonce'));
    });

    it('a clock that is wrong, and that Date tells where CORS lets it', async () => {
      const lane = await open({ clockAheadSeconds: 3600, exposed: ['DPoP-Nonce'] });
      const response = await get(lane);
      assert.include(lastSeen(lane), { outcome: 'invalid_dpop_proof', why: 'iat is wrong' });
      assert.equal(response.headers.get('Access-Control-Expose-Headers'), 'DPoP-Nonce');
      const serverSeconds = Date.parse(response.headers.get('Date')!) / 1000;
      assert.closeTo(serverSeconds, Date.now() / 1000 + 3600, 30);
      assert.equal((await get(lane, { nowSeconds: serverSeconds })).status, 200);
    });

    it('a redirect, unchecked', async () => {
      const lane = await open();
      const response = await fetch(`${lane.origin}/redirect?to=https://elsewhere.example/`, { redirect: 'manual' });
      assert.deepEqual([response.status, response.headers.get('Location')], [307, 'https://elsewhere.example/']);
    });

    it('a first request whose connection ends, and no second one', async () => {
      const lane = await open({ first: 'reset' });
      const error = await get(lane).then(() => assert.fail('it was answered'), (problem: unknown) => problem);
      assert.instanceOf(error, TypeError);
      assert.equal((await get(lane)).status, 200);
    });

    it('a first request that hangs, and no second one', async () => {
      const lane = await open({ first: 'hang' });
      let answered = false;
      const first = get(lane).then(() => (answered = true), () => 'ended');
      await lane.arrived(1);
      assert.equal((await get(lane)).status, 200);
      assert.isFalse(answered);
      await lane.close();
      assert.equal(await first, 'ended');
    });

    it('answers that it holds until all have come', async () => {
      const lane = await open({ hold: { after: 1, more: 3 } });
      assert.equal((await get(lane)).status, 200);
      await Promise.all([get(lane), get(lane), get(lane)]);
      assert.deepEqual(lane.report().requests.map(({ inFlight }) => inFlight), [1, 1, 2, 3]);
    });
  });

  describe('over HTTP/2', () => {
    it('answers, and shows a certificate for its address that its own key signed', async () => {
      const lane = await open({ protocol: 'HTTP/2' });
      const session = connect(lane.origin, { ca: certificate.cert });
      const accessToken = lane.accessToken;
      const dpop = await prove(lane, '/orders', { accessToken });
      const stream = session.request({ ':path': '/orders', authorization: `DPoP ${accessToken}`, dpop });
      const status = await new Promise((resolve, reject) => {
        stream.on('response', (headers) => resolve(headers[':status']));
        stream.on('error', reject);
      });
      session.destroy();
      assert.equal(status, 200);
      assert.equal(lastSeen(lane).httpVersion, '2.0');
    });

    it('does not speak HTTP/1.1', async () => {
      const { port } = new URL((await open({ protocol: 'HTTP/2' })).origin);
      const socket = connectTls({ host: '127.0.0.1', port: Number(port), ca: certificate.cert, ALPNProtocols: ['http/1.1'] });
      const error = await new Promise((resolve) => {
        socket.on('error', resolve);
        socket.on('secureConnect', () => resolve(undefined));
      });
      socket.destroy();
      assert.instanceOf(error, Error);
    });
  });
});
