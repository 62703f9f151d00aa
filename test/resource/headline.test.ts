import { assert } from 'chai';
import type { Decision, DenyCode, Step } from '../../src/resource-server.ts';
import { createApi, type Api } from '../support/api.ts';

function assertDenied(decision: Decision, step: Step, code: DenyCode) {
  assert.deepInclude(decision, { ok: false, step, code });
}

describe('resource server: the eight headline decisions', () => {
  let api: Api;

  beforeEach(async () => {
    api = await createApi({ nonce: { policy: 'single-use', secret: 'a secret of thirty-two bytes or more' } });
  });

  it('lets a legitimate request pass', async () => {
    const decision = await api.send({ nonce: await api.fetchNonce() });
    assert.deepInclude(decision, { ok: true, scheme: 'DPoP', jkt: api.alice.jkt });
  });

  it("stops a stolen token with the thief's key", async () => {
    const nonce = await api.fetchNonce();
    assertDenied(await api.send({ nonce, proofParts: { key: api.thief } }), 8, 'proof_key_not_bound_to_token');
  });

  it('stops a replayed proof, on this replica and on another one', async () => {
    const replica = api.replica();
    const request = await api.request({ nonce: await api.fetchNonce() });
    assert.isTrue((await api.verify(request)).ok);
    assertDenied(await api.verify(request), 10, 'proof_replayed');
    assertDenied(await replica.verify(request), 10, 'proof_replayed');
  });

  it('stops a good proof at a wrong URL, and with a wrong method', async () => {
    const nonce = await api.fetchNonce();
    const request = await api.request({ nonce });
    assertDenied(await api.verify({ ...request, url: 'https://api.example.com/admin' }), 4, 'uri_mismatch');
    assertDenied(await api.verify({ ...request, method: 'DELETE' }), 3, 'method_mismatch');
  });

  it('stops a tampered token under a proof that fits it', async () => {
    const [header, payload, signature] = (await api.issueToken()).split('.') as [string, string, string];
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const bent = btoa(JSON.stringify({ ...claims, sub: 'admin' })).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    const accessToken = `${header}.${bent}.${signature}`;
    assertDenied(await api.send({ accessToken, nonce: await api.fetchNonce() }), 6, 'bad_access_token_signature');
  });

  it('stops a revoked token', async () => {
    const { nowSeconds } = api.clock;
    const revocation = api.options.revocation as unknown as { revoke(t: { jti: string; expiresAtSeconds: number }): Promise<void> };
    await revocation.revoke({ jti: 'token-1', expiresAtSeconds: nowSeconds + 300 });
    assertDenied(await api.send({ token: { jkt: api.alice.jkt, claims: { jti: 'token-1' } }, nonce: await api.fetchNonce() }), 9, 'token_revoked');
  });

  it('stops an expired token', async () => {
    const accessToken = await api.issueToken();
    api.clock.nowSeconds += 311;
    assertDenied(await api.send({ accessToken, nonce: await api.fetchNonce() }), 7, 'token_expired');
  });

  it('stops a server nonce that is used a second time', async () => {
    const nonce = await api.fetchNonce();
    assert.isTrue((await api.send({ nonce })).ok);
    const second = await api.send({ nonce });
    assertDenied(second, 10, 'bad_or_missing_nonce');
    assert.isTrue((await api.send({ nonce: second.headers.get('DPoP-Nonce')! })).ok, 'the fresh nonce serves');
  });
});
