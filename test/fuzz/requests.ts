/** Properties of `verify` over generated requests, each with its oracle. */

import * as fc from 'fast-check';
import { CompactSign } from 'jose';
import { digest } from '../../src/crypto/web.ts';
import { utf8 } from '../../src/protocol/bytes.ts';
import { accessTokenHash } from '../../src/protocol/proof.ts';
import { createResourceServer, type Decision, type NoncePolicy } from '../../src/resource-server.ts';
import { createApi, ordersUrl, type Api, type ApiRequest } from '../support/api.ts';
import { generateProofKey, makeProof, segment, signJws, type ProofKey } from '../support/proofs.ts';
import { isGoodProof, isGoodToken, proofMembers, tokenMembers, type Members } from './bent-members.ts';
import { meaningOf, type Meaning, valuesOf } from './meaning.ts';
import { mutations } from './mutation.ts';

/** A property over one generated request a run. */
export interface RequestProperty {
  readonly name: string;
  /** Its share of a run of 100 requests. */
  readonly share: number;
  /** Throws where the property does not hold for a generated request. */
  readonly property: fc.IAsyncProperty<[unknown]>;
}

type Verify = (request: ApiRequest) => Promise<Decision>;

interface Bench {
  readonly verify: Verify;
  /** What was claimed since the last look. */
  takeClaims(): number;
}

/** Servers over a memory that only counts: whether a proof is spent twice is not the question here. */
function createBench({ options }: Api, { nonce, isDown }: { nonce: NoncePolicy; isDown: boolean }): Bench {
  let claims = 0;
  const claim = async () => {
    claims += 1;
    if (isDown) throw new Error('down');
    return true;
  };
  const { verify } = createResourceServer({ ...options, nonce, replayStore: { claim } });
  return { verify, takeClaims: () => { const taken = claims; claims = 0; return taken; } };
}

/**
 * The one place where a decision is judged.
 *
 * @throws Error where something passes that must not, something is refused that must pass, a fault is told where no store
 * failed, or a refused request has spent something.
 */
async function judge(decision: Decision, meaning: Meaning, { isDown, claims }: { readonly isDown: boolean; readonly claims: number }) {
  const told = decision.ok ? 'ALLOW' : `${decision.status} ${decision.step} ${decision.code}`;
  const isFault = !decision.ok && decision.status >= 500;
  if (isFault && !(isDown && decision.code === 'verifier_unavailable' && decision.step === 10)) throw new Error(`a fault: ${told}`, { cause: decision.cause });
  const passed = decision.ok || isFault;
  if (meaning === 'different' && passed) throw new Error(`${told}, although the request means something else`);
  if (meaning === 'same' && !passed) throw new Error(`${told}, although the request means the same`);
  if (claims !== (passed ? 1 : 0)) throw new Error(`${told}, and ${claims} claims`);
  if (decision.ok) return;
  const response = decision.response();
  if (response.status !== decision.status) throw new Error(`${response.status}, not ${decision.status}`);
  if (decision.status === 401 && !/DPoP /.test(response.headers.get('WWW-Authenticate') ?? '')) throw new Error('401 without a DPoP challenge (RFC 9110 §11.6.1)');
}

const targets: readonly (readonly [string, string])[] = [
  ['GET', ordersUrl], ['POST', 'https://api.example.com/orders?page=2&q=%20a'], ['DELETE', 'https://api.example.com:8443/a%2Fb/~c/./d'],
  ['PUT', 'https://api.example.com'], ['PATCH', 'http://localhost/%C3%A9/%7Ex;y=1,2'], ['GET', 'https://api.example.com//x/../y/'],
];

/** Good requests: each target with keys of each kind, with and without a nonce. */
async function createGoodRequests(api: Api, nonce: string): Promise<ApiRequest[]> {
  const keys = [api.alice, ...(await Promise.all([generateProofKey('ES256'), generateProofKey('Ed25519').catch(() => api.alice)]))];
  const parts = targets.flatMap(([method, url]) => keys.map((key, index) => ({ method, url, key, nonce: index % 2 ? undefined : nonce })));
  return Promise.all(parts.map((part) => goodRequest(api, part)));
}

async function goodRequest(api: Api, p: { method: string; url: string; key: ProofKey; nonce: string | undefined }): Promise<ApiRequest> {
  const accessToken = await api.issueToken({ jkt: p.key.jkt });
  const proof = await makeProof({ ...p, accessToken, nowSeconds: api.clock.nowSeconds });
  return { method: p.method, url: p.url, headers: [['Host', 'api.example.com'], ['Authorization', `DPoP ${accessToken}`], ['DPoP', proof], ['Accept', '*/*']] };
}

const proofOf = (request: ApiRequest) => valuesOf(request, 'dpop')[0];

const written = (members: Members): Members => JSON.parse(JSON.stringify(members)) as Members;

/** The properties, over one set of keys. */
export async function createRequestProperties(): Promise<readonly RequestProperty[]> {
  const api = await createApi();
  const secret = 'a secret of thirty-two bytes or more';
  const policies: readonly NoncePolicy[] = [{ policy: 'none' }, { policy: 'window', secret }, { policy: 'single-use', secret }];
  const [none, windowed] = policies.map((nonce) => createBench(api, { nonce, isDown: false })) as [Bench, Bench, Bench];
  const broken = createBench(api, { nonce: policies[0]!, isDown: true });
  const asked = await windowed.verify(await api.request());
  const good = await createGoodRequests(api, asked.headers.get('DPoP-Nonce')!);
  const noncedOnly = good.filter((_, index) => index % 3 !== 1);
  const accessToken = await api.issueToken();
  const ath = await accessTokenHash(accessToken, digest);
  const { alice, thief, clock, issuer } = api;

  async function holds(request: ApiRequest, meaning: Meaning, bench: Bench) {
    const decision = await bench.verify(request);
    try {
      await judge(decision, meaning, { isDown: bench === broken, claims: bench.takeClaims() });
    } catch (cause) {
      throw new Error(`${String(cause)}\n${JSON.stringify(request)}`, { cause });
    }
  }

  const mutated = fc.record({ at: fc.nat(1000), changes: mutations, bench: fc.constantFrom<'none' | 'windowed' | 'broken'>('none', 'none', 'windowed', 'broken') });
  const bentProof = fc.record(proofMembers(api));
  const bentToken = fc.record(tokenMembers(api));
  const stolen = fc.record({ ...proofMembers(api), showsAlice: fc.boolean(), signsAlice: fc.constant(false) });
  const repeated = fc.record({ part: fc.constantFrom('header', 'claims'), value: fc.jsonValue({ maxDepth: 1 }), at: fc.nat(10), last: fc.boolean() });

  /** A request with the one token, and a proof over any header and claims. */
  async function proofRequest(header: unknown, claims: unknown, signer: ProofKey): Promise<ApiRequest> {
    const proof = await signJws({ header, payload: claims, signer });
    return { method: 'GET', url: ordersUrl, headers: [['Authorization', `DPoP ${accessToken}`], ['DPoP', proof]] };
  }

  const soundHeader = (): Members => ({ typ: 'dpop+jwt', alg: 'ES256', jwk: alice.publicJwk });
  const soundClaims = (): Members => ({ jti: crypto.randomUUID(), htm: 'GET', htu: ordersUrl, iat: clock.nowSeconds, ath });

  return [
    {
      name: 'a good request, changed on its way by someone without a key, passes only where the change is without meaning, and then always (RFC 9449 §4.3)', share: 70,
      property: fc.asyncProperty(mutated, async ({ at, changes, bench }) => {
        const pool = bench === 'windowed' ? noncedOnly : good;
        const original = pool[at % pool.length]!;
        const changed = changes.reduce((request, change) => change(request, good), original);
        // Several changes together may bring the token and the proof of one other good request: then it is that one, changed.
        const source = pool.find((request) => proofOf(request) === proofOf(changed)) ?? original;
        await holds(changed, meaningOf(source, changed), { none, windowed, broken }[bench]);
      }),
    },
    {
      name: 'a proof with any members, signed by the right key, passes exactly where it is good by RFC 9449 §4.3', share: 12,
      property: fc.asyncProperty(bentProof, async ({ header, claims }) => {
        const [head, payload] = [written({ ...soundHeader(), ...header }), written({ ...soundClaims(), ...claims })];
        const isGood = isGoodProof(head, payload, { alice, clock, ath });
        await holds(await proofRequest(head, payload, alice), isGood ? 'same' : 'different', none);
      }),
    },
    {
      name: 'a token with any members, signed by its issuer, passes exactly where it is good by RFC 9068 §4 and RFC 9449 §6.1', share: 10,
      property: fc.asyncProperty(bentToken, async ({ header, claims }) => {
        const head = written({ typ: 'at+jwt', alg: 'ES256', kid: 'key-1', ...header });
        const now = clock.nowSeconds;
        const sound = { iss: issuer.issuer, aud: issuer.audience, sub: 'alice', client_id: 'shop', jti: 't', iat: now, exp: now + 300, cnf: { jkt: alice.jkt } };
        const payload = written({ ...sound, ...claims });
        const token = await new CompactSign(utf8(JSON.stringify(payload))).setProtectedHeader(head as { alg: string }).sign(issuer.privateKey);
        const proof = await makeProof({ key: alice, url: ordersUrl, accessToken: token, nowSeconds: now });
        const request: ApiRequest = { method: 'GET', url: ordersUrl, headers: [['Authorization', `DPoP ${token}`], ['DPoP', proof]] };
        await holds(request, isGoodToken(head, payload, api) ? 'same' : 'different', none);
      }),
    },
    {
      name: "no proof of a thief's key passes beside a stolen token, whatever it says (RFC 9449 §7.1)", share: 5,
      property: fc.asyncProperty(stolen, async ({ header, claims, showsAlice }) => {
        const jwk = showsAlice ? alice.publicJwk : thief.publicJwk;
        const request = await proofRequest({ ...soundHeader(), jwk, ...header }, { ...soundClaims(), ...claims }, thief);
        await holds(request, 'different', none);
      }),
    },
    {
      name: 'a proof that names any member twice passes never (RFC 7515 §4, RFC 7519 §4)', share: 3,
      property: fc.asyncProperty(repeated, async ({ part, value, at, last }) => {
        const texts = { header: JSON.stringify(soundHeader()), claims: JSON.stringify(soundClaims()) };
        const names = Object.keys(JSON.parse(texts[part as 'header']) as Members);
        const member = `${JSON.stringify(names[at % names.length])}:${JSON.stringify(value)}`;
        const bent = { ...texts, [part]: last ? texts[part as 'header'].replace(/\}$/, `,${member}}`) : texts[part as 'header'].replace('{', `{${member},`) };
        await holds(await proofRequest(bent.header, bent.claims, alice), 'different', none);
      }),
    },
  ];
}

/** A compact JWS of any members, unsigned: for readers that must not throw. */
export const unsignedJws = (header: Members, claims: Members) => `${segment(header)}.${segment(claims)}.AAAA`;
