import { assert } from 'chai';
import { createAuthorizationServer, type AuthorizationServer, type BindDecision } from '../../src/authorization-server.ts';
import { agedMemory } from '../support/api.ts';
import { generateProofKey, makeProof, type ProofKey, type ProofParts } from '../support/proofs.ts';

const tokenUrl = 'https://old.example.com/oauth/token';
const clock = { nowSeconds: 1_800_000_000 };

describe('bind: the proof on a token request of an existing issuer', () => {
  let server: AuthorizationServer;
  let key: ProofKey;

  beforeEach(async () => {
    key = await generateProofKey();
    server = createBinder({ policy: 'window' });
  });

  function createBinder(nonce: { policy: 'none' | 'window' | 'single-use' }): AuthorizationServer {
    const nowSeconds = () => clock.nowSeconds;
    const replayStore = agedMemory(clock);
    return createAuthorizationServer({ issuer: 'https://old.example.com', audience: 'api', clients: [], replayStore, nonce, nowSeconds });
  }

  const prove = (parts?: Partial<ProofParts>) => makeProof({ key, method: 'POST', url: tokenUrl, nowSeconds: clock.nowSeconds, ...parts });

  function request(...proofs: string[]) {
    return { method: 'POST', url: tokenUrl, headers: proofs.map((proof): [string, string] => ['dPoP', proof]) };
  }

  function assertDenied(decision: BindDecision, code: string): Extract<BindDecision, { ok: false }> {
    if (decision.ok) assert.fail(`expected ${code}`);
    assert.equal(decision.code, code);
    return decision;
  }

  async function fetchNonce(): Promise<string> {
    return (await server.bind(request(await prove()))).headers.get('DPoP-Nonce')!;
  }

  it('gives the thumbprint, ready as the cnf claim (RFC 9449 §6.1)', async () => {
    const nonce = await fetchNonce();
    const decision = await server.bind(new Request(tokenUrl, { method: 'POST', headers: { DPoP: await prove({ nonce }) } }));
    assert.deepInclude(decision, { ok: true, jkt: key.jkt, cnf: { jkt: key.jkt } });
    assert.equal(decision.headers.get('Cache-Control'), 'no-store');
  });

  it('asks for a nonce: 400 use_dpop_nonce (RFC 9449 §8)', async () => {
    const denied = assertDenied(await server.bind(request(await prove())), 'bad_or_missing_nonce');
    const response = denied.response();
    assert.equal(response.status, 400);
    assert.equal(response.headers.get('DPoP-Nonce'), denied.headers.get('DPoP-Nonce'));
    assert.deepInclude(await response.json(), { error: 'use_dpop_nonce', code: 'bad_or_missing_nonce' });
  });

  it('refuses no proof, two proofs, and a proof for another URL: 400 invalid_dpop_proof (RFC 9449 §5)', async () => {
    const refused: [ReturnType<typeof request>, string][] = [
      [request(), 'proof_missing'],
      [request(await prove(), await prove()), 'malformed_proof'],
      [request(await prove({ url: 'https://old.example.com/other' })), 'uri_mismatch'],
    ];
    for (const [sent, code] of refused) {
      const response = assertDenied(await server.bind(sent), code).response();
      assert.equal(response.status, 400);
      assert.deepInclude(await response.json(), { error: 'invalid_dpop_proof', code });
    }
  });

  it('spends the proof: fifty copies, one pass', async () => {
    const sent = request(await prove({ nonce: await fetchNonce() }));
    const decisions = await Promise.all(Array.from({ length: 50 }, () => server.bind(sent)));
    assert.lengthOf(decisions.filter(({ ok }) => ok), 1);
    assertDenied(decisions.find(({ ok }) => !ok)!, 'proof_replayed');
  });

  it('asks for no nonce where the policy is none', async () => {
    server = createBinder({ policy: 'none' });
    const decision = await server.bind(request(await prove()));
    assert.isTrue(decision.ok);
    assert.isNull(decision.headers.get('DPoP-Nonce'));
  });

  it('never rejects, whatever the headers hold', async () => {
    for (const text of ['', ' ', '.', '..', '....', 'é', '\u0000', 'null', 'a.b.c', '{}.{}.{}']) {
      assert.isFalse((await server.bind(request(text))).ok);
    }
    assert.isFalse((await server.bind({ method: '', url: 'nonsense', headers: [[':method', 'POST'], ['dpop', await prove()]] })).ok);
  });
});
