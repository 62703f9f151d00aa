import { assert } from 'chai';
import { decodeJwt } from 'jose';
import type { Authenticate } from '../../src/authorization-server.ts';
import { memoryRevocation } from '../../src/stores/memory-revocation.ts';
import { authorizationRequest as good, client, createLogin, redirectUri, type TokenAnswer } from '../support/login.ts';
import { assertRefused } from '../support/oauth.ts';

const authorizationUrl = 'https://login.example.com/authorize';

describe('authorization endpoint', () => {
  const alice: Authenticate = async () => ({ sub: 'alice', sid: 'session-1' });

  async function visit(form: Record<string, string | undefined>, authenticate: Authenticate = alice) {
    const login = await createLogin({ authenticate });
    const query = new URLSearchParams(Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined));
    return { login, response: await login.server.fetch(new Request(`${authorizationUrl}?${query}`)) };
  }

  function answerOf(response: Response): Record<string, string> {
    assert.equal(response.status, 303);
    return Object.fromEntries(new URL(response.headers.get('Location')!).searchParams);
  }

  async function assertRedirectedWith(form: Record<string, string | undefined>, error: string, authenticate?: Authenticate) {
    const { response } = await visit({ ...good, ...form }, authenticate);
    const { code, error_description, ...answer } = answerOf(response);
    assert.isUndefined(code);
    assert.isString(error_description);
    assert.deepEqual(answer, { error, state: good.state, iss: 'https://login.example.com' });
  }

  it('sends the browser back with a code, the state and the issuer (RFC 6749 §4.1.2, RFC 9207 §2)', async () => {
    const { login, response } = await visit(good);
    const { code, ...answer } = answerOf(response);
    assert.deepEqual(answer, { state: good.state, iss: 'https://login.example.com' });
    assert.equal(response.headers.get('Cache-Control'), 'no-store');
    const { access_token } = (await (await login.redeem(code!)).json()) as TokenAnswer;
    const { sub, sid, scope } = decodeJwt(access_token);
    assert.deepEqual([sub, sid, scope], ['alice', 'session-1', 'orders']);
  });

  it('keeps the query that a redirect URI has (RFC 6749 §3.1.2)', async () => {
    const { response } = await visit({ ...good, redirect_uri: client.redirectUris[1]! });
    assert.include(answerOf(response), { a: '1' });
  });

  it('binds the code to the key that dpop_jkt names (RFC 9449 §10)', async () => {
    const login = await createLogin({ authenticate: alice });
    const query = new URLSearchParams({ ...good, dpop_jkt: login.alice.jkt });
    const { code } = answerOf(await login.server.fetch(new Request(`${authorizationUrl}?${query}`)));
    await assertRefused(await login.redeem(code!, { proofParts: { key: login.thief } }), 400, 'invalid_grant');
    assert.equal((await login.redeem(code!)).status, 200);
  });

  it('never redirects to where it was not told to: unknown client, other redirect URI (RFC 6749 §4.1.2.1, RFC 9700 §2.1)', async () => {
    const wrong = [
      { client_id: 'nobody' }, { client_id: undefined }, { redirect_uri: undefined }, { redirect_uri: `${redirectUri}/` },
      { redirect_uri: 'https://evil.example/' }, { client_id: 'other' },
    ];
    for (const form of wrong) await assertRefused((await visit({ ...good, ...form })).response, 400, 'invalid_request');
  });

  it('refuses a parameter that stands twice (RFC 6749 §3.1)', async () => {
    const login = await createLogin({ authenticate: alice });
    const query = `${new URLSearchParams(good)}&state=other`;
    await assertRefused(await login.server.fetch(new Request(`${authorizationUrl}?${query}`)), 400, 'invalid_request');
  });

  it('demands PKCE with S256 (RFC 7636 §4.4.1, RFC 9700 §2.1.1)', async () => {
    await assertRedirectedWith({ code_challenge: undefined }, 'invalid_request');
    await assertRedirectedWith({ code_challenge: 'short' }, 'invalid_request');
    await assertRedirectedWith({ code_challenge_method: 'plain' }, 'invalid_request');
    await assertRedirectedWith({ code_challenge_method: undefined }, 'invalid_request');
  });

  it('serves response_type=code only, and thumbprints only', async () => {
    await assertRedirectedWith({ response_type: 'token' }, 'unsupported_response_type');
    await assertRedirectedWith({ response_type: undefined }, 'invalid_request');
    await assertRedirectedWith({ dpop_jkt: 'short' }, 'invalid_request');
  });

  it('answers by the query only: a client that asked for another way would not find the answer, or not its signature', async () => {
    for (const response_mode of ['fragment', 'form_post', 'jwt', 'web_message']) await assertRedirectedWith({ response_mode }, 'invalid_request');
    assert.isString(answerOf((await visit({ ...good, response_mode: 'query' })).response).code);
  });

  it('takes a scope that is one, and nothing else into a token (RFC 6749 §3.3)', async () => {
    for (const scope of ['a"b', 'a\\b', 'a\u0000', 'a\nb', 'é', 'a  b', ' a']) await assertRedirectedWith({ scope }, 'invalid_scope');
    assert.isString(answerOf((await visit({ ...good, scope: 'orders:read https://api.example.com/x' })).response).code);
  });

  it('tells the client of a denial, and of a login that failed (RFC 6749 §4.1.2.1)', async () => {
    await assertRedirectedWith({}, 'access_denied', async () => undefined);
    await assertRedirectedWith({}, 'server_error', async () => {
      throw new Error('no database');
    });
    await assertRedirectedWith({}, 'server_error', async () => ({ sub: '' }));
  });

  it('shows the page that the app gives, and takes no more from its login than user, session and scope', async () => {
    const { response } = await visit(good, async () => new Response('Who are you?'));
    assert.equal(await response.text(), 'Who are you?');
    const user = { sub: 'alice', clientId: 'other', dpopJkt: 'x' };
    const { login, response: redirected } = await visit(good, async () => user);
    assert.equal((await login.redeem(answerOf(redirected).code!)).status, 200);
  });

  it('gives no code that outlives a revocation of the user that came while the login was looked at', async () => {
    const clock = { nowSeconds: 1_800_000_000 };
    const nowSeconds = () => clock.nowSeconds;
    const revocation = memoryRevocation({ nowSeconds });
    const authenticate: Authenticate = async () => {
      clock.nowSeconds += 1;
      await revocation.revoke({ sub: 'alice', notBeforeSeconds: clock.nowSeconds, expiresAtSeconds: clock.nowSeconds + 86_400 });
      clock.nowSeconds += 1;
      return { sub: 'alice' };
    };
    const login = await createLogin({ authenticate, nowSeconds, revocation, replayStore: { claim: async () => true } });
    const response = await login.server.fetch(new Request(`${authorizationUrl}?${new URLSearchParams(good)}`));
    const { code } = answerOf(response);
    await assertRefused(await login.redeem(code!, { proofParts: { nowSeconds: clock.nowSeconds } }), 400, 'invalid_grant');
  });

  it('is not there where nobody decides who logs in', async () => {
    const login = await createLogin();
    assert.equal((await login.server.fetch(new Request(`${authorizationUrl}?${new URLSearchParams(good)}`))).status, 404);
  });
});
