import { assert } from 'chai';
import { decodeProtectedHeader } from 'jose';
import { generateSigningKey } from '../../src/authorization-server.ts';
import { createResourceServer } from '../../src/resource-server.ts';
import { agedMemory } from '../support/api.ts';
import { createLogin } from '../support/login.ts';
import { makeProof } from '../support/proofs.ts';

const url = 'https://api.example.com/orders';

/** A server whose keys can be changed, and an API that knows them by their URL. */
async function createRotating() {
  const [old, next] = await Promise.all([generateSigningKey(), generateSigningKey()]);
  let keys: CryptoKeyPair[] = [old];
  const login = await createLogin({ signingKeys: async () => keys, accessTokenLifetimeSeconds: 7200 });
  const { server, clock, alice } = login;
  const nowSeconds = () => clock.nowSeconds;
  const api = createResourceServer({
    issuers: [{ issuer: server.issuer, audience: 'https://api.example.com', keys: new URL(server.endpoints.jwks) }],
    fetch: (input, init) => server.fetch(new Request(input, init)),
    replayStore: agedMemory(clock), nonce: { policy: 'none' }, nowSeconds,
  });
  return {
    ...login, old, next,
    rotate(...changed: CryptoKeyPair[]) {
      keys = changed;
    },
    issue: async () => (await server.issue({ sub: 'alice', clientId: 'spa', jkt: alice.jkt })).accessToken,
    async isAllowed(accessToken: string) {
      const proof = await makeProof({ key: alice, url, accessToken, nowSeconds: clock.nowSeconds });
      return (await api.verify(new Request(url, { headers: { Authorization: `DPoP ${accessToken}`, DPoP: proof } }))).ok;
    },
  };
}

describe('authorization server: rotating the signing key, without a restart', () => {
  it('announced, used, removed: tokens of the old key are good until it is removed, and no honest one is refused', async () => {
    const { rotate, issue, isAllowed, clock, old, next } = await createRotating();
    const first = await issue();
    assert.isTrue(await isAllowed(first));

    rotate(old, next);
    const second = await issue();
    assert.equal(kidOf(second), kidOf(first), 'announced only');
    clock.nowSeconds += 600;
    assert.isTrue(await isAllowed(second));

    rotate(next, old);
    const third = await issue();
    assert.notEqual(kidOf(third), kidOf(first));
    for (const token of [first, second, third]) assert.isTrue(await isAllowed(token));

    rotate(next);
    clock.nowSeconds += 600;
    assert.isTrue(await isAllowed(third));
    for (const token of [first, second]) assert.isFalse(await isAllowed(token));
  });

  it('at once, after a leak: the new key is looked for, the old one is dead after the refresh', async () => {
    const { rotate, issue, isAllowed, clock, next } = await createRotating();
    const leaked = await issue();
    assert.isTrue(await isAllowed(leaked));
    rotate(next);
    clock.nowSeconds += 5;
    assert.isTrue(await isAllowed(await issue()), 'an unknown kid is looked for at once');
    assert.isFalse(await isAllowed(leaked), 'and with that the old key is gone');
  });

  it('publishes what it signs with, and revokes what it signed', async () => {
    const { rotate, issue, server, revocation, old, next } = await createRotating();
    rotate(next, old);
    const { keys } = await server.jwks();
    assert.deepEqual(keys.map(({ kid }) => kid)[0], kidOf(await issue()));
    assert.lengthOf(keys, 2);
    rotate(old, next);
    const token = await issue();
    rotate(next, old);
    await server.revoke(token);
    const { jti } = JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'))) as { jti: string };
    assert.isTrue(await revocation.check({ jti }));
  });

  it('answers 503 while there is no key to sign with, and goes on when there is', async () => {
    const { rotate, redeem, code, server, old } = await createRotating();
    const unsuitable = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, false, ['sign', 'verify']);
    const held = await code();
    for (const keys of [[], [unsuitable]]) {
      rotate(...keys);
      assert.equal((await redeem(held)).status, 503);
      assert.equal((await server.fetch(new Request(server.endpoints.jwks))).status, 503);
    }
    rotate(old);
    assert.equal((await redeem(held)).status, 200, 'the code was not spent');
  });
});

function kidOf(token: string): string {
  return decodeProtectedHeader(token).kid!;
}
