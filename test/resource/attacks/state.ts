/** Lines 109 to 126: what the server remembers, and what becomes of it. */

import { decodeBase64url, encodeBase64url } from '../../../src/protocol/base64url.ts';
import { memoryReplayStore, type Decision, type NoncePolicy } from '../../../src/resource-server.ts';
import { agedMemory, type Api, type ApiRequest } from '../../support/api.ts';
import { createTokenIssuer } from '../../support/tokens.ts';
import { claims, segmentsOf } from './bend.ts';
import { singleUsePolicy, windowPolicy } from './freshness.ts';
import { allow, badNonce, badTokenSignature, deny, notBound, notForUs, replayed, type Verdict } from './row.ts';
import type { ScenarioRow } from './scenario.ts';

const unavailable = (step: 6 | 9 | 10) => deny(step, 'verifier_unavailable');
const revoked = deny(9, 'token_revoked');
const times = (count: number, verdict: Verdict): Verdict[] => Array.from({ length: count }, () => verdict);
const allowFirst = (decisions: readonly Decision[]) => [...decisions].sort((a, b) => Number(b.ok) - Number(a.ok));
const noNonces: NoncePolicy = { policy: 'none' };

async function goodRequest(api: Api, { policy }: NoncePolicy): Promise<ApiRequest> {
  return api.request({ nonce: policy === 'none' ? undefined : await api.fetchNonce() });
}

const replays = [noNonces, windowPolicy, singleUsePolicy].flatMap((nonce): ScenarioRow[] => [
  {
    line: 109, name: `the same request twice, nonces ${nonce.policy}`, clause: 'RFC 9449 §11.1', options: { nonce }, verdict: [allow, replayed],
    play: async (api) => { const request = await goodRequest(api, nonce); return [await api.verify(request), await api.verify(request)]; },
  },
  {
    line: 110, name: `a request to replica A, and its copy to replica B, nonces ${nonce.policy}`, clause: 'RFC 9449 §11.1', options: { nonce }, verdict: [allow, replayed],
    play: async (api) => { const request = await goodRequest(api, nonce); return [await api.verify(request), await api.replica().verify(request)]; },
  },
  {
    line: 111, name: `fifty copies at once to two replicas, nonces ${nonce.policy}`, clause: 'RFC 9449 §11.1', options: { nonce }, verdict: [allow, ...times(49, replayed)],
    play: async (api) => {
      const [request, replica] = [await goodRequest(api, nonce), api.replica()];
      return allowFirst(await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 ? api : replica).verify(request))));
    },
  },
]);

/** What a store can do that is no answer. */
const faults: readonly (readonly [number, string, () => Promise<boolean>])[] = [
  [117, 'is down', () => Promise.reject(new Error('ECONNREFUSED'))],
  [117, 'throws', () => { throw new Error('broken'); }],
  [117, "answers 'OK'", () => Promise.resolve('OK' as unknown as boolean)],
  [117, 'answers nothing', () => Promise.resolve(undefined as unknown as boolean)],
  [118, 'is silent', () => new Promise(() => {})],
];

const storeFaults = faults.flatMap(([line, state, answer]): ScenarioRow[] => [
  {
    line, name: `a good request, while the replay store ${state}`, clause: 'RFC 9110 §15.6.4', verdict: [unavailable(10)],
    options: { replayStore: { claim: answer }, storeTimeoutSeconds: 0.02 }, play: async (api) => [await api.send()],
  },
  {
    line: 124, name: `a good request, while the revocation source ${state}`, clause: 'RFC 7009 §3', verdict: [unavailable(9)],
    options: { revocation: { check: answer }, storeTimeoutSeconds: 0.02 }, play: async (api) => [await api.send()],
  },
]);

const memories: readonly ScenarioRow[] = [
  {
    line: 109, name: 'the other signature that ECDSA allows for a spent proof', clause: 'RFC 9449 §11.1', verdict: [allow, replayed],
    play: async (api) => {
      const request = await api.request();
      const [authorization, [name, proof]] = request.headers as [[string, string], [string, string]];
      return [await api.verify(request), await api.verify({ ...request, headers: [authorization, [name, twin(proof)]] })];
    },
  },
  {
    line: 109, name: "a spent proof's jti in a new proof of the same key", clause: 'RFC 9449 §11.1', verdict: [allow, replayed],
    play: async (api) => [await api.send(claims({ jti: 'the same' })), await api.send({ method: 'POST', ...claims({ jti: 'the same' }) })],
  },
  {
    line: 111, name: 'fifty proofs at once with one single-use nonce', clause: 'RFC 9449 §8', options: { nonce: singleUsePolicy }, verdict: [allow, ...times(49, deny(10, 'bad_or_missing_nonce'))],
    play: async (api) => {
      const nonce = await api.fetchNonce();
      const requests = await Promise.all(Array.from({ length: 50 }, () => api.request({ nonce })));
      return allowFirst(await Promise.all(requests.map((request) => api.verify(request))));
    },
  },
  {
    line: 112, name: 'a proof ten seconds ahead, replayed up to its last second, and one second later', clause: 'RFC 9449 §11.1', verdict: [allow, ...times(3, replayed), deny(5, 'proof_expired')],
    play: async (api) => {
      const request = await api.request({ proofParts: { nowSeconds: api.clock.nowSeconds + 10 } });
      const decisions = [await api.verify(request)];
      for (const wait of [60, 15, 5, 1]) {
        api.clock.nowSeconds += wait;
        decisions.push(await api.verify(request));
      }
      return decisions;
    },
  },
  {
    line: 112, name: 'a proof with a nonce, replayed up to the last second of the nonce', clause: 'RFC 9449 §11.1', options: { nonce: windowPolicy }, verdict: [allow, replayed, replayed, badNonce],
    play: async (api) => {
      const request = await goodRequest(api, windowPolicy);
      const decisions = [await api.verify(request)];
      for (const wait of [30, 30, 1]) {
        api.clock.nowSeconds += wait;
        decisions.push(await api.verify(request));
      }
      return decisions;
    },
  },
  {
    line: 113, name: 'a spent proof after the memory was lost, under the same nonce secret', clause: 'RFC 9449 §11.1', options: { nonce: windowPolicy }, verdict: [allow, badNonce],
    play: async (api) => {
      const emptied = api.replica({ replayStore: memoryReplayStore({ nowSeconds: () => api.clock.nowSeconds }) });
      const request = await goodRequest(api, windowPolicy);
      return [await api.verify(request), await emptied.verify(request)];
    },
  },
  {
    line: 114, name: 'a spent proof after the process has begun anew, with a secret of its own', clause: 'RFC 9449 §11.1', options: { nonce: { policy: 'window' } }, verdict: [allow, badNonce],
    play: async (api) => {
      const restarted = api.replica({ replayStore: memoryReplayStore({ nowSeconds: () => api.clock.nowSeconds }) });
      const request = await goodRequest(api, windowPolicy);
      return [await api.verify(request), await restarted.verify(request)];
    },
  },
  {
    line: 114, name: 'a spent proof after the process has begun anew, without nonces: it cannot tell, and says so', clause: 'RFC 9449 §11.1', verdict: [allow, deny(5, 'verifier_unavailable')],
    play: async (api) => {
      const request = await api.request();
      const restarted = () => api.replica({ replayStore: memoryReplayStore({ nowSeconds: () => api.clock.nowSeconds }) });
      return [await api.verify(request), await restarted().verify(request)];
    },
  },
  {
    line: 115, name: 'a proof with a wrong method, then beside another token, then as it should be', clause: 'RFC 9449 §11.1', verdict: [deny(3, 'method_mismatch'), deny(6, 'proof_token_mismatch'), allow],
    play: async (api) => {
      const request = await api.request();
      const stolen = await api.request({ proof: request.headers[1]![1] });
      return [await api.verify({ ...request, method: 'PUT' }), await api.verify(stolen), await api.verify(request)];
    },
  },
  {
    line: 115, name: 'five hundred proofs with invented tokens, then a good one, where the memory has room for one entry', clause: 'RFC 9449 §11.1', verdict: [...times(500, badTokenSignature), allow],
    play: async (api) => {
      const small = api.replica({ replayStore: agedMemory(api.clock, { maxEntries: 1 }) });
      const garbage = await Promise.all(Array.from({ length: 500 }, (_, index) => api.request({ accessToken: `invented${index}` })));
      const decisions = await Promise.all(garbage.map((request) => small.verify(request)));
      return [...decisions, await small.verify(await api.request())];
    },
  },
  {
    line: 115, name: "a thief's proof for a stolen token, with the owner's jti, then the owner's", clause: 'RFC 9449 §11.1', verdict: [notBound, allow],
    play: async (api) => {
      const accessToken = await api.issueToken();
      return [await api.send({ accessToken, proofParts: { key: api.thief, claims: { jti: 'j' } } }), await api.send({ accessToken, ...claims({ jti: 'j' }) })];
    },
  },
  {
    line: 116, name: "Alice's jti under another key with a token of its own, then under hers, then once more", clause: 'RFC 9449 §11.1', verdict: [allow, allow, replayed],
    play: async (api) => {
      const bent = { claims: { jti: 'the same' } };
      const foreign = await api.send({ token: { jkt: api.thief.jkt }, proofParts: { key: api.thief, ...bent } });
      return [foreign, await api.send({ proofParts: bent }), await api.send({ proofParts: bent })];
    },
  },
  {
    line: 119, name: 'two good requests to a memory with room for one, then the first again', clause: 'RFC 9449 §11.1', verdict: [allow, unavailable(10), replayed],
    play: async (api) => {
      const small = api.replica({ replayStore: agedMemory(api.clock, { maxEntries: 1 }) });
      const request = await api.request();
      return [await small.verify(request), await small.verify(await api.request()), await small.verify(request)];
    },
  },
  {
    line: 120, name: 'a token that is revoked by its jti', clause: 'RFC 7009 §2', verdict: [allow, revoked],
    play: async (api) => {
      const accessToken = await api.issueToken({ jkt: api.alice.jkt, claims: { jti: 'token-1' } });
      const before = await api.send({ accessToken });
      await (api.options.revocation as unknown as { revoke(token: object): Promise<void> }).revoke({ jti: 'token-1', expiresAtSeconds: api.clock.nowSeconds + 300 });
      return [before, await api.send({ accessToken })];
    },
  },
  ...(['sub', 'sid', 'client_id', 'jkt'] as const).map((name): ScenarioRow => ({
    line: 121, name: `a token before and after its ${name} is revoked`, clause: 'RFC 7009 §3', verdict: [allow, revoked],
    play: async (api) => {
      const list = new Set<string | undefined>();
      const server = api.replica({ revocation: { check: async (identity) => list.has(identity[name]) } });
      const request = () => api.request({ token: { jkt: api.alice.jkt, claims: { sid: 'session-1' } } });
      const before = await server.verify(await request());
      list.add({ sub: 'alice', sid: 'session-1', client_id: 'shop', jkt: api.alice.jkt }[name]);
      return [before, await server.verify(await request())];
    },
  })),
  {
    line: 122, name: 'one token before and after it is revoked', clause: 'RFC 7009 §2', verdict: [allow, allow, revoked],
    play: async (api) => {
      let isRevoked = false;
      const server = api.replica({ revocation: { check: async () => isRevoked } });
      const accessToken = await api.issueToken();
      const send = async () => server.verify(await api.request({ accessToken }));
      const before = [await send(), await send()];
      isRevoked = true;
      return [...before, await send()];
    },
  },
  {
    line: 123, name: "a revoked token with the thief's key, then with its own", clause: 'RFC 9449 §7.1', options: { revocation: { check: async () => true } }, verdict: [notBound, revoked],
    play: async (api) => [await api.send({ proofParts: { key: api.thief } }), await api.send()],
  },
  {
    line: 92, name: "one trusted issuer's token signed with another one's key of the same kid, then a good one of each", clause: 'RFC 8725 §3.8', verdict: [badTokenSignature, allow, allow],
    play: async (api) => {
      const other = await createTokenIssuer({ issuer: 'https://other.example' });
      const server = api.replica({ issuers: [api.issuer, other].map(({ issuer, audience, jwks }) => ({ issuer, audience, keys: jwks })) });
      const own = { jkt: api.alice.jkt, nowSeconds: api.clock.nowSeconds };
      const foreign = await other.issue({ ...own, claims: { iss: api.issuer.issuer } });
      const tokens = [foreign, await other.issue(own), await api.issueToken()];
      return Promise.all(tokens.map(async (accessToken) => server.verify(await api.request({ accessToken }))));
    },
  },
  {
    line: 93, name: "one issuer's token for the audience that another issuer has for this server", clause: 'RFC 9068 §4', verdict: [notForUs],
    play: async (api) => {
      const other = await createTokenIssuer({ issuer: 'https://other.example', audience: 'orders' });
      const server = api.replica({ issuers: [api.issuer, other].map(({ issuer, audience, jwks }) => ({ issuer, audience, keys: jwks })) });
      return [await server.verify(await api.request({ token: { jkt: api.alice.jkt, claims: { aud: 'orders' } } }))];
    },
  },
  {
    line: 126, name: 'a good request with the key set at hand, then during an outage of it, with an invented kid in between', clause: 'RFC 8414 §2', verdict: [allow, allow, badTokenSignature, allow],
    play: async (api) => {
      let isUp = true;
      const fetch = async () => { if (isUp) return Response.json(api.issuer.jwks); throw new Error('ECONNREFUSED'); };
      const { issuer, audience } = api.issuer;
      const server = api.replica({ fetch, issuers: [{ issuer, audience, keys: new URL('https://login.example.com/jwks') }] });
      const send = async (kid = 'key-1') => server.verify(await api.request({ token: { jkt: api.alice.jkt, header: { kid } } }));
      const first = await send();
      isUp = false;
      api.clock.nowSeconds += 3600;
      return [first, await send(), await send('invented'), await send()];
    },
  },
  {
    line: 126, name: 'a good request while the key set was never at hand', clause: 'RFC 8414 §2', verdict: [unavailable(6)],
    play: async (api) => {
      const { issuer, audience } = api.issuer;
      const fetch = async () => { throw new Error('ECONNREFUSED'); };
      const server = api.replica({ fetch, issuers: [{ issuer, audience, keys: new URL('https://login.example.com/jwks') }] });
      return [await server.verify(await api.request())];
    },
  },
];

/** The proof with s replaced by n - s: another signature over the same text that ECDSA accepts (SEC 1 §4.1.3). */
function twin(proof: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const { header, payload, signature } = segmentsOf(proof);
  const bytes = decodeBase64url(signature)!;
  const s = BigInt(`0x${Array.from(bytes.subarray(32), (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
  const other = (order - s).toString(16).padStart(64, '0').match(/../g)!.map((byte) => parseInt(byte, 16));
  return `${header}.${payload}.${encodeBase64url(new Uint8Array([...bytes.subarray(0, 32), ...other]))}`;
}

export const stateScenarios: readonly ScenarioRow[] = [...replays, ...memories, ...storeFaults];
