import { assert } from 'chai';
import { decodeJwt } from 'jose';
import { createAuthorizationServer } from '../../src/authorization-server.ts';
import { memoryReplayStore } from '../../src/stores/memory-replay-store.ts';
import { client, createLogin, type LoginServer, type TokenAnswer } from '../support/login.ts';
import { assertRefused } from '../support/oauth.ts';

describe('revocation endpoint (RFC 7009)', () => {
  let login: LoginServer;
  let tokens: TokenAnswer;

  beforeEach(async () => {
    login = await createLogin();
    tokens = await login.logIn();
  });

  const revoke = (form: Record<string, string>) => login.post(login.server.endpoints.revocation, { client_id: 'spa', ...form });
  const isRevoked = (accessToken: string) => login.revocation.check({ jti: decodeJwt(accessToken).jti! });

  it('revokes an access token, and only that (§2.1)', async () => {
    const response = await revoke({ token: tokens.access_token, token_type_hint: 'refresh_token' });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('Cache-Control'), 'no-store');
    assert.isTrue(await isRevoked(tokens.access_token));
    assert.equal((await login.refresh(tokens.refresh_token)).status, 200);
  });

  it('revokes a refresh token with every access token that came of it (§2.1)', async () => {
    const next = (await (await login.refresh(tokens.refresh_token)).json()) as TokenAnswer;
    assert.equal((await revoke({ token: next.refresh_token })).status, 200);
    await assertRefused(await login.refresh(next.refresh_token), 400, 'invalid_grant');
    assert.isTrue(await isRevoked(tokens.access_token));
    assert.isTrue(await isRevoked(next.access_token));
    assert.equal((await revoke({ token: next.refresh_token })).status, 200, 'again is no error');
  });

  it('answers 200 to a token that nobody knows (§2.2)', async () => {
    const foreign = await createLogin();
    const { accessToken } = await foreign.server.issue({ sub: 'alice', clientId: 'spa', jkt: foreign.alice.jkt });
    const expired = await login.server.issue({ sub: 'alice', clientId: 'spa', jkt: login.alice.jkt, issuedAtSeconds: 1 });
    for (const token of ['x', 'made.up', 'a.b.c', 'a.b.c.d.e', accessToken, expired.accessToken]) {
      assert.equal((await revoke({ token })).status, 200);
    }
  });

  it('refuses the token of another client (§2.1), and unknown clients', async () => {
    await assertRefused(await revoke({ token: tokens.access_token, client_id: 'other' }), 400, 'invalid_grant');
    await assertRefused(await revoke({ token: tokens.refresh_token, client_id: 'other' }), 400, 'invalid_grant');
    await assertRefused(await revoke({ token: tokens.access_token, client_id: 'nobody' }), 401, 'invalid_client');
    await assertRefused(await revoke({}), 400, 'invalid_request');
    assert.isFalse(await isRevoked(tokens.access_token));
  });

  it('answers 503 where the list is down: the token is still good (§2.2.1)', async () => {
    const down = async (): Promise<never> => {
      throw new Error('down');
    };
    login = await createLogin({ revocation: { revoke: down } });
    const { access_token } = await login.logIn();
    const response = await revoke({ token: access_token });
    assert.isString(response.headers.get('Retry-After'));
    await assertRefused(response, 503, 'temporarily_unavailable');
  });

  it('says so where access tokens cannot be revoked (§2.2.1)', async () => {
    const clients = [client];
    const server = createAuthorizationServer({ issuer: 'https://login.example.com', audience: 'api', clients, replayStore: memoryReplayStore() });
    const { accessToken: token } = await server.issue({ sub: 'alice', clientId: 'spa', jkt: login.alice.jkt });
    const body = new URLSearchParams({ token, client_id: 'spa' });
    const response = await server.fetch(new Request(server.endpoints.revocation, { method: 'POST', body }));
    await assertRefused(response, 400, 'unsupported_token_type');
  });

  it('takes no half token: what names the grant lies in logs and histories, with the code that began it', async () => {
    const [name] = tokens.refresh_token.split('.');
    for (const token of [`${name}.x`, `${name}.${'A'.repeat(43)}`]) assert.equal((await revoke({ token })).status, 200);
    assert.equal((await login.refresh(tokens.refresh_token)).status, 200);
    assert.isFalse(await isRevoked(tokens.access_token));
  });

  it('takes an access token that has just expired: a verifier whose clock is behind still lets it in', async () => {
    login.clock.nowSeconds += 301;
    assert.equal((await revoke({ token: tokens.access_token })).status, 200);
    assert.isTrue(await isRevoked(tokens.access_token));
  });

  it('revokes by a method, too', async () => {
    await login.server.revoke(tokens.refresh_token);
    await assertRefused(await login.refresh(tokens.refresh_token), 400, 'invalid_grant');
    assert.isTrue(await isRevoked(tokens.access_token));
  });
});
