/** The simulation decides as the real client and the real verifier do, and comes out the same each time. */

import { assert } from 'chai';
import { readFileSync } from 'node:fs';
import { simulateBursts } from '../../bench/simulation/burst.mjs';
import { createClient, send } from '../../bench/simulation/client.mjs';
import { fleets } from '../../bench/simulation/experiments.mjs';
import { createRandom } from '../../bench/simulation/random.mjs';
import { simulateAll } from '../../bench/simulation/run.mjs';
import type { Fleet } from '../../bench/simulation/server.mjs';
import { createKeybound, createSigner, type Signer } from '../../src/index.ts';
import { createResourceServer, type ReplayStore } from '../../src/resource-server.ts';
import { newName } from '../client/recorder.ts';
import { createTokenIssuer, type TokenIssuer } from '../support/tokens.ts';

const origin = 'https://api.example.com';
const start = 1_800_000_000;
const roundTripSeconds = 0.1;
const { now: trueNow } = Date;

interface Attempt {
  readonly seconds: number;
  readonly replica: number;
  readonly verdict: string;
}

/** Spends in a memory that is lost when the fleet says so, and that each replica has read when the fleet says so. */
function fleetMemory(fleet: Fleet, replica: number, clock: { seconds: number }): ReplayStore {
  const spent = new Set<string>();
  let readAgainAt = -1;
  const readEpoch = () => (readAgainAt === clock.seconds ? fleet.epochAt(clock.seconds) : fleet.readEpochAt(replica, clock.seconds));
  const down = () => {
    if (fleet.isDownAt(clock.seconds)) throw new Error('Redis is down');
  };
  return {
    shared: true,
    async claim() {
      throw new Error('Everything is spent at once');
    },
    async spend({ proof, nonce, epoch }) {
      down();
      if (epoch !== String(fleet.epochAt(clock.seconds))) {
        readAgainAt = clock.seconds;
        return 'epoch_changed';
      }
      if (spent.has(proof.key)) return 'proof_replayed';
      if (nonce && spent.has(nonce.key)) return 'nonce_reused';
      for (const claim of nonce ? [proof, nonce] : [proof]) spent.add(claim.key);
      return 'spent';
    },
    async epoch() {
      down();
      return String(readEpoch());
    },
    bornAtSeconds: async () => start + fleet.bornAtSeconds(readEpoch()),
  };
}

const secretOf = (number: number) => `secret number ${number}`.padEnd(32, '.');

function replicaOf(fleet: Fleet, replica: number, { clock, issuer }: { readonly clock: { seconds: number }; readonly issuer: TokenIssuer }) {
  const { policy, lifetimeSeconds, maxAgeSeconds, clockToleranceSeconds } = fleet;
  return createResourceServer({
    issuers: [{ issuer: issuer.issuer, audience: issuer.audience, keys: issuer.jwks, requiredClaims: [] }],
    replayStore: fleetMemory(fleet, replica, clock),
    nonce: policy === 'none' ? { policy } : { policy, lifetimeSeconds, secret: () => fleet.secretsAt(replica, clock.seconds).map(secretOf) },
    maxAgeSeconds,
    clockToleranceSeconds,
    nowSeconds: () => start + clock.seconds + fleet.offsetsSeconds[replica]!,
  });
}

const verdictOf = ({ ok, code }: { readonly ok: boolean; readonly code?: string }) => {
  if (ok) return 'allow';
  if (code === 'bad_or_missing_nonce') return 'challenge';
  return code === 'verifier_unavailable' ? 'unavailable' : code === 'proof_expired' || code === 'proof_not_yet_valid' ? 'invalid' : code!;
};

/** What the model says of one client's life: when its requests begin, and what each attempt came to. */
function lifeInModel(fleet: Fleet, { number, requests, offsetSeconds }: { readonly number: number; readonly requests: number; readonly offsetSeconds: number }) {
  const random = createRandom();
  random.begin(1, number);
  const client = createClient(offsetSeconds);
  const starts: number[] = [];
  const attempts: Attempt[] = [];
  let seconds = 0;
  for (let count = 0; count < requests; count += 1) {
    seconds += random.wait(15) + 1;
    starts.push(seconds);
    send(client, seconds, { fleet, random, onAttempt: (attempt: Attempt) => void attempts.push(attempt) });
  }
  return { starts, attempts };
}

/** The same life, lived by the real client before real verifiers: each attempt goes where and when the model's did. */
async function lifeInFact(fleet: Fleet, { starts, attempts }: ReturnType<typeof lifeInModel>, { issuer, offsetSeconds }: { readonly issuer: TokenIssuer; readonly offsetSeconds: number }): Promise<Attempt[]> {
  const clock = { seconds: 0 };
  const servers = fleet.offsetsSeconds.map((_, replica) => replicaOf(fleet, replica, { clock, issuer }));
  const signer = await createSigner();
  const jkt = await signer.thumbprint();
  const accessToken = await issuer.issue({ jkt, nowSeconds: start, claims: { exp: start + 1e6 } });
  const seen: Attempt[] = [];
  const fetch = async (request: Request) => {
    const { seconds, replica } = attempts[seen.length] ?? assert.fail('an attempt that the model did not make');
    clock.seconds = seconds + roundTripSeconds / 2;
    const decision = await servers[replica]!.verify(request);
    seen.push({ seconds, replica, verdict: verdictOf(decision) });
    const response = decision.ok ? new Response('ok', { headers: decision.headers }) : decision.response();
    if (fleet.showsDate) response.headers.set('Date', new Date((start + Math.floor(clock.seconds + fleet.offsetsSeconds[replica]!)) * 1000).toUTCString());
    clock.seconds = seconds + roundTripSeconds;
    return response;
  };
  Date.now = () => (start + clock.seconds + offsetSeconds) * 1000;
  const keybound = await createKeybound({ name: newName(), signer, fetch: fetch as typeof globalThis.fetch });
  const protectedFetch = keybound.protect({ origins: [origin], accessToken: () => accessToken });
  for (const seconds of starts) {
    clock.seconds = seconds;
    await protectedFetch(`${origin}/orders`);
  }
  keybound.close();
  return seen;
}

/** Signs nothing, and so at once: what is under way together stays in its order. */
const quickSigner: Signer = {
  alg: 'Ed25519',
  thumbprint: async () => 'x'.repeat(43),
  proof: async ({ nonce }) => ['{"alg":"Ed25519"}', JSON.stringify({ nonce }), ''].map((part) => Buffer.from(part).toString('base64url')).join('.'),
};

/** The real client, with its own gate, over the simulation's wire. */
async function realSender({ exchange }: { exchange(nonce: string | undefined): Promise<{ ok: boolean; nonce: string | undefined }> }) {
  const attempts = new Map<string, number>();
  const fetch = async ({ url, headers }: Request) => {
    attempts.set(url, (attempts.get(url) ?? 0) + 1);
    const claims = JSON.parse(Buffer.from(headers.get('DPoP')!.split('.')[1]!, 'base64url').toString()) as { nonce?: string };
    const { ok, nonce } = await exchange(claims.nonce);
    const challenge = { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"' };
    return new Response(null, { status: ok ? 200 : 401, headers: { ...(!ok && challenge), ...(nonce && { 'DPoP-Nonce': nonce }) } });
  };
  const keybound = await createKeybound({ name: newName(), signer: quickSigner, fetch: fetch as typeof globalThis.fetch });
  const protectedFetch = keybound.protect({ origins: [origin], accessToken: () => 'a-token' });
  let sent = 0;
  return async () => {
    const url = `${origin}/${(sent += 1)}`;
    const { ok } = await protectedFetch(url);
    return { attempts: attempts.get(url)!, ok };
  };
}

describe('the simulation', () => {
  let issuer: TokenIssuer;

  before(async () => {
    issuer = await createTokenIssuer({ audience: origin });
  });

  afterEach(() => {
    Date.now = trueNow;
  });

  for (const [name, { fleet, offsetsSeconds = [0] }] of Object.entries(fleets())) {
    it(`decides as the real client and the real verifiers do: ${name}`, async () => {
      for (let number = 0; number < 9; number += 1) {
        const offsetSeconds = offsetsSeconds[number % offsetsSeconds.length]!;
        const model = lifeInModel(fleet, { number, requests: 16, offsetSeconds });
        const fact = await lifeInFact(fleet, model, { issuer, offsetSeconds });
        assert.deepEqual(fact, model.attempts);
      }
    });
  }

  for (const singleUse of [false, true]) {
    for (const size of [2, 5, 16]) {
      it(`sends ${size} requests at once as the real client does, with nonces for ${singleUse ? 'single use' : 'many'}`, async () => {
        const terms = { clients: 4, seed: 1, size, singleUse };
        assert.deepEqual(await simulateBursts({ ...terms, turns: 100, createSender: realSender }), await simulateBursts(terms));
      });
    }
  }

  it('comes out as it is committed', async function () {
    this.timeout(300_000);
    const { smallClients, small } = JSON.parse(readFileSync('bench/simulation/results.json', 'utf8')) as { smallClients: number; small: unknown };
    assert.deepEqual(await simulateAll(smallClients), small, 'npm run bench:simulate writes it again');
  });
});
