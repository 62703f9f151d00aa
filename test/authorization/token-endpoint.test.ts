import { assert } from 'chai';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { accessTokenHash } from '../../src/protocol/proof.ts';
import { digest } from '../../src/crypto/web.ts';
import { memoryReplayStore } from '../../src/stores/memory-replay-store.ts';
import { memoryRevocation } from '../../src/stores/memory-revocation.ts';
import { codeChallenge, createLogin, redirectUri, type LoginServer, type TokenAnswer } from '../support/login.ts';
import { assertRefused } from '../support/oauth.ts';

type NamedRevocation = { sub: string } | { sid: string } | { client_id: string } | { jkt: string };

describe('token endpoint: authorization code', () => {
  let login: LoginServer;

  beforeEach(async () => {
    login = await createLogin();
  });

  it('issues tokens bound to the key of the proof (RFC 9449 §5, §6.1)', async () => {
    const response = await login.redeem(await login.code({ scope: 'orders' }));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('Cache-Control'), 'no-store');
    const answer = (await response.json()) as TokenAnswer;
    assert.deepInclude(answer, { token_type: 'DPoP', expires_in: 300, scope: 'orders' });
    assert.deepEqual(decodeJwt(answer.access_token).cnf, { jkt: login.alice.jkt });
  });

  it('issues RFC 9068 tokens: typ, and every required claim (§2.1, §2.2)', async () => {
    const { access_token } = await login.logIn();
    const { typ, alg } = decodeProtectedHeader(access_token);
    assert.deepEqual({ typ, alg }, { typ: 'at+jwt', alg: 'ES256' });
    const { jti, ...claims } = decodeJwt(access_token);
    assert.match(jti!, /^[\w-]{22}$/);
    assert.deepEqual(claims, {
      iss: 'https://login.example.com', sub: 'alice', aud: 'https://api.example.com', client_id: 'spa',
      iat: login.clock.nowSeconds, exp: login.clock.nowSeconds + 300, cnf: { jkt: login.alice.jkt },
    });
  });

  it('issues tokens that an ordinary JWT library accepts without a word of DPoP', async () => {
    const { access_token } = await login.logIn();
    const keySet = createLocalJWKSet(await login.server.jwks());
    const expected = { issuer: 'https://login.example.com', audience: 'https://api.example.com' };
    const { payload } = await jwtVerify(access_token, keySet, { ...expected, currentDate: new Date(login.clock.nowSeconds * 1000) });
    assert.equal(payload.sub, 'alice');
  });

  it('refuses a code with a key other than its dpop_jkt, and leaves it to the right one (RFC 9449 §10)', async () => {
    const code = await login.code({ dpopJkt: login.alice.jkt });
    await assertRefused(await login.redeem(code, { proofParts: { key: login.thief } }), 400, 'invalid_grant');
    assert.equal((await login.redeem(code)).status, 200);
  });

  it('refuses a code twice, and revokes what came of it (RFC 6749 §4.1.2)', async () => {
    const code = await login.code();
    const { access_token, refresh_token } = (await (await login.redeem(code)).json()) as TokenAnswer;
    await assertRefused(await login.redeem(code), 400, 'invalid_grant');
    await assertRefused(await login.refresh(refresh_token), 400, 'invalid_grant');
    assert.isTrue(await login.revocation.check({ jti: decodeJwt(access_token).jti! }));
  });

  it('revokes what came of a code also where the second user has another key', async () => {
    const code = await login.code();
    const stolen = (await (await login.redeem(code, { proofParts: { key: login.thief } })).json()) as TokenAnswer;
    await assertRefused(await login.redeem(code), 400, 'invalid_grant');
    assert.isTrue(await login.revocation.check({ jti: decodeJwt(stolen.access_token).jti! }));
  });

  it('lets nothing live of a code that is redeemed in parallel', async () => {
    const code = await login.code();
    const answers = await Promise.all([login.redeem(code), login.redeem(code), login.redeem(code)]);
    const won = answers.filter(({ ok }) => ok);
    assert.isAtMost(won.length, 1);
    for (const answer of won) {
      const { refresh_token, access_token } = (await answer.json()) as TokenAnswer;
      await assertRefused(await login.refresh(refresh_token), 400, 'invalid_grant');
      assert.isTrue(await login.revocation.check({ jti: decodeJwt(access_token).jti! }));
    }
  });

  it('refuses a code that has expired, and one that nobody issued', async () => {
    const code = await login.code();
    login.clock.nowSeconds += 61;
    await assertRefused(await login.redeem(code), 400, 'invalid_grant');
    await assertRefused(await login.redeem('made.up'), 400, 'invalid_grant');
    await assertRefused(await login.redeem('x'), 400, 'invalid_grant');
  });

  it('refuses a code of another client, another redirect URI, another verifier (RFC 6749 §4.1.3, RFC 7636 §4.6)', async () => {
    const code = await login.code();
    await assertRefused(await login.redeem(code, { form: { client_id: 'other' } }), 400, 'invalid_grant');
    await assertRefused(await login.redeem(code, { form: { redirect_uri: 'https://app.example.com/other' } }), 400, 'invalid_grant');
    await assertRefused(await login.redeem(code, { form: { redirect_uri: undefined } }), 400, 'invalid_request');
    await assertRefused(await login.redeem(code, { form: { code_verifier: 'x'.repeat(43) } }), 400, 'invalid_grant');
    await assertRefused(await login.redeem(code, { form: { code_verifier: 'short' } }), 400, 'invalid_grant');
    await assertRefused(await login.redeem(code, { form: { code_verifier: undefined } }), 400, 'invalid_request');
    assert.equal((await login.redeem(code)).status, 200);
  });

  it('tells an unknown client from the rest: 401 with a challenge (RFC 6749 §5.2, RFC 9110 §11.6.1)', async () => {
    const response = await login.redeem(await login.code(), { form: { client_id: 'nobody' } });
    assert.match(response.headers.get('WWW-Authenticate')!, /^DPoP /);
    await assertRefused(response, 401, 'invalid_client');
  });

  it('refuses what is no token request (RFC 6749 §3.2)', async () => {
    const { token } = login.server.endpoints;
    await assertRefused(await login.ask({ grant_type: 'password' }), 400, 'unsupported_grant_type');
    await assertRefused(await login.ask({}), 400, 'invalid_request');
    await assertRefused(await login.ask({ grant_type: 'authorization_code' }), 400, 'invalid_request');
    await assertRefused(await login.ask({ grant_type: 'refresh_token' }), 400, 'invalid_request');
    const twice = new URLSearchParams('client_id=spa&client_id=spa&grant_type=refresh_token');
    await assertRefused(await login.post(token, twice), 400, 'invalid_request');
    const json = new Request(token, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
    await assertRefused(await login.server.fetch(json), 400, 'invalid_request');
    const used = new Request(token, { method: 'POST', body: new URLSearchParams({ client_id: 'spa' }) });
    await used.text();
    await assertRefused(await login.server.fetch(used), 400, 'invalid_request');
    assert.equal((await login.server.fetch(new Request(token))).status, 405);
  });
});

describe('token endpoint: refresh token', () => {
  let login: LoginServer;
  let tokens: TokenAnswer;

  beforeEach(async () => {
    login = await createLogin();
    tokens = await login.logIn();
  });

  it('is rotated at each use, and the new access token keeps the key (RFC 9449 §5, RFC 9700 §4.14.2)', async () => {
    const next = (await (await login.refresh(tokens.refresh_token)).json()) as TokenAnswer;
    assert.notEqual(next.refresh_token, tokens.refresh_token);
    assert.deepEqual(decodeJwt(next.access_token).cnf, { jkt: login.alice.jkt });
    assert.equal((await login.refresh(next.refresh_token)).status, 200);
  });

  it('is refused to another key, which spends nothing (RFC 9449 §5)', async () => {
    await assertRefused(await login.refresh(tokens.refresh_token, { proofParts: { key: login.thief } }), 400, 'invalid_grant');
    assert.equal((await login.refresh(tokens.refresh_token)).status, 200);
  });

  it('is refused without a proof, which spends nothing (RFC 9449 §5)', async () => {
    await assertRefused(await login.refresh(tokens.refresh_token, { proof: undefined }), 400, 'invalid_dpop_proof', 'proof_missing');
    assert.equal((await login.refresh(tokens.refresh_token)).status, 200);
  });

  it('used twice ends the family: every refresh and access token of it', async () => {
    const next = (await (await login.refresh(tokens.refresh_token)).json()) as TokenAnswer;
    await assertRefused(await login.refresh(tokens.refresh_token), 400, 'invalid_grant');
    await assertRefused(await login.refresh(next.refresh_token), 400, 'invalid_grant');
    for (const { access_token } of [tokens, next]) {
      assert.isTrue(await login.revocation.check({ jti: decodeJwt(access_token).jti! }));
    }
  });

  it('used twice by a thief without the key ends nothing', async () => {
    const next = (await (await login.refresh(tokens.refresh_token)).json()) as TokenAnswer;
    await assertRefused(await login.refresh(tokens.refresh_token, { proofParts: { key: login.thief } }), 400, 'invalid_grant');
    assert.equal((await login.refresh(next.refresh_token)).status, 200);
  });

  it('ends when its day is over, however often it was rotated', async () => {
    login.clock.nowSeconds += 86_000;
    const next = (await (await login.refresh(tokens.refresh_token)).json()) as TokenAnswer;
    login.clock.nowSeconds += 401;
    await assertRefused(await login.refresh(next.refresh_token), 400, 'invalid_grant');
  });

  const onList: [string, (jkt: string) => NamedRevocation, boolean][] = [
    ['its user', () => ({ sub: 'alice' }), true],
    ['its session', () => ({ sid: 'session-1' }), true],
    ['its client', () => ({ client_id: 'spa' }), true],
    ['its key, on a lost device', (jkt) => ({ jkt }), true],
    ['another user', () => ({ sub: 'bob' }), false],
    ['another key', () => ({ jkt: 'x'.repeat(43) }), false],
  ];
  for (const [whom, name, ends] of onList) {
    it(`${ends ? 'ends with' : 'outlives'} a revocation of ${whom}; a later login begins anew`, async () => {
      const { server, clock, alice } = login;
      const revocation = login.revocation as ReturnType<typeof memoryRevocation>;
      const code = await server.authorize({ clientId: 'spa', redirectUri, sub: 'alice', sid: 'session-1', codeChallenge });
      const { refresh_token } = (await (await login.redeem(code)).json()) as TokenAnswer;
      const times = { notBeforeSeconds: clock.nowSeconds, expiresAtSeconds: clock.nowSeconds + 86_400 };
      await revocation.revoke({ iss: server.issuer, ...name(alice.jkt), ...times });
      const response = await login.refresh(refresh_token);
      if (ends) await assertRefused(response, 400, 'invalid_grant');
      else assert.equal(response.status, 200);
      clock.nowSeconds += 1;
      assert.equal((await login.redeem(await login.code())).status, 200);
    });
  }

  it('lets no access token escape a revocation that comes while the refresh is under way', async () => {
    const clock = { nowSeconds: 1_800_000_000 };
    const revocation = memoryRevocation({ nowSeconds: () => clock.nowSeconds });
    let isUnderWay = false;
    const claim = async () => {
      if (!isUnderWay) return true;
      clock.nowSeconds += 2;
      await revocation.revoke({ sub: 'alice', notBeforeSeconds: clock.nowSeconds, expiresAtSeconds: clock.nowSeconds + 86_400 });
      clock.nowSeconds += 2;
      return true;
    };
    const slow = await createLogin({ nowSeconds: () => clock.nowSeconds, revocation, replayStore: { claim } });
    const { refresh_token } = await slow.logIn();
    isUnderWay = true;
    const { access_token } = (await (await slow.refresh(refresh_token)).json()) as TokenAnswer;
    const { jti, sub, iat } = decodeJwt(access_token) as { jti: string; sub: string; iat: number };
    assert.isTrue(await revocation.check({ jti, sub, iat }), 'the resource server refuses it');
  });

  it('is no authorization code, and a code is no refresh token', async () => {
    await assertRefused(await login.refresh(await login.code()), 400, 'invalid_grant');
    await assertRefused(await login.refresh('made.up'), 400, 'invalid_grant');
    await assertRefused(await login.refresh(tokens.refresh_token, { form: { client_id: 'other' } }), 400, 'invalid_grant');
  });

  it('narrows the scope where asked to, and never widens it (RFC 6749 §6)', async () => {
    const code = await login.code({ scope: 'read write' });
    const wide = (await (await login.redeem(code)).json()) as TokenAnswer;
    await assertRefused(await login.refresh(wide.refresh_token, { form: { scope: 'read admin' } }), 400, 'invalid_scope');
    const narrow = (await (await login.refresh(wide.refresh_token, { form: { scope: 'read' } })).json()) as TokenAnswer;
    assert.equal(decodeJwt(narrow.access_token).scope, 'read');
    const whole = (await (await login.refresh(narrow.refresh_token)).json()) as TokenAnswer;
    assert.equal(whole.scope, 'read write');
  });
});

describe('token endpoint: proofs', () => {
  let login: LoginServer;

  beforeEach(async () => {
    login = await createLogin();
  });

  async function refuse(parts: Parameters<LoginServer['redeem']>[1], code: string) {
    const grant = await login.code();
    await assertRefused(await login.redeem(grant, parts), 400, 'invalid_dpop_proof', code);
    assert.equal((await login.redeem(grant)).status, 200, 'a bad proof spends nothing');
  }

  it('are demanded on every request (RFC 9449 §5)', () => refuse({ proof: undefined }, 'proof_missing'));
  it('come one at a time (RFC 9449 §4.3 (1))', async () =>
    refuse({ proof: `${await login.prove()}, ${await login.prove()}` }, 'malformed_proof'));
  it('are well formed (RFC 9449 §4.3 (2))', () => refuse({ proof: 'a.b.c' }, 'malformed_proof'));
  it('stay below the cap', () => refuse({ proof: 'a'.repeat(8193) }, 'malformed_proof'));
  it('have the type dpop+jwt (RFC 9449 §11.5)', () => refuse({ proofParts: { header: { typ: 'JWT' } } }, 'malformed_proof'));
  it('are for this method', () => refuse({ proofParts: { method: 'GET' } }, 'method_mismatch'));
  it('are for this endpoint', () => refuse({ proofParts: { url: 'https://login.example.com/jwks' } }, 'uri_mismatch'));
  it('are young', () => refuse({ proofParts: { nowSeconds: login.clock.nowSeconds - 71 } }, 'proof_expired'));
  it('are not from the future', () => refuse({ proofParts: { nowSeconds: login.clock.nowSeconds + 11 } }, 'proof_not_yet_valid'));
  it('are signed by the key that they show', () => refuse({ proofParts: { signer: login.thief } }, 'bad_proof_signature'));

  it('are good once (RFC 9449 §11.1): the copy of a whole request ends no family', async () => {
    const [code, proof] = [await login.code(), await login.prove()];
    const { refresh_token } = (await (await login.redeem(code, { proof })).json()) as TokenAnswer;
    await assertRefused(await login.redeem(code, { proof }), 400, 'invalid_dpop_proof', 'proof_replayed');
    assert.equal((await login.refresh(refresh_token)).status, 200);
  });

  it('are not spent by a request that is refused for its grant', async () => {
    const proof = await login.prove();
    await assertRefused(await login.redeem('made.up', { proof }), 400, 'invalid_grant');
    assert.equal((await login.redeem(await login.code(), { proof })).status, 200);
  });

  it('may carry the ath of a token that is sent, never of another (RFC 9449 §4.3 (12))', async () => {
    const { access_token } = await login.logIn();
    const ath = await accessTokenHash(access_token, digest);
    const headers = { Authorization: `DPoP ${access_token}` };
    await refuse({ proofParts: { claims: { ath } } }, 'proof_token_mismatch');
    await refuse({ proofParts: { claims: { ath: 'x' } }, headers }, 'proof_token_mismatch');
    assert.equal((await login.redeem(await login.code(), { proofParts: { claims: { ath } }, headers })).status, 200);
  });

  it('may use every algorithm of the list, and no other', async () => {
    const narrow = await createLogin({ proofAlgorithms: ['Ed25519'] });
    const response = await narrow.redeem(await narrow.code());
    await assertRefused(response, 400, 'invalid_dpop_proof', 'malformed_proof');
  });
});

describe('token endpoint: nonces', () => {
  it('answers a proof without nonce with one: 400 use_dpop_nonce (RFC 9449 §8)', async () => {
    const login = await createLogin({ nonce: { policy: 'window' } });
    const code = await login.code();
    const challenge = await login.redeem(code);
    const nonce = challenge.headers.get('DPoP-Nonce')!;
    await assertRefused(challenge, 400, 'use_dpop_nonce', 'bad_or_missing_nonce');
    const response = await login.redeem(code, { proofParts: { nonce } });
    assert.equal(response.status, 200);
    assert.isNull(response.headers.get('DPoP-Nonce'), 'a young nonce serves on');
  });

  it('hands out the next nonce when half of its life is over, and refuses it when all is (RFC 9449 §8.2)', async () => {
    const login = await createLogin({ nonce: { policy: 'window' } });
    const nonce = (await login.redeem(await login.code())).headers.get('DPoP-Nonce')!;
    login.clock.nowSeconds += 31;
    const late = await login.redeem(await login.code(), { proofParts: { nonce } });
    assert.equal(late.status, 200);
    assert.isString(late.headers.get('DPoP-Nonce'));
    login.clock.nowSeconds += 30;
    await assertRefused(await login.redeem(await login.code(), { proofParts: { nonce } }), 400, 'use_dpop_nonce');
  });

  it('takes a nonce for single use once, and always hands out the next, on refusals too', async () => {
    const login = await createLogin({ nonce: { policy: 'single-use' } });
    const nonce = (await login.redeem('made.up')).headers.get('DPoP-Nonce')!;
    const refused = await login.redeem('made.up', { proofParts: { nonce } });
    assert.isString(refused.headers.get('DPoP-Nonce'));
    await assertRefused(refused, 400, 'invalid_grant');
    const first = await login.redeem(await login.code(), { proofParts: { nonce } });
    assert.equal(first.status, 200);
    assert.isString(first.headers.get('DPoP-Nonce'));
    const second = await login.redeem(await login.code(), { proofParts: { nonce } });
    assert.isString(second.headers.get('DPoP-Nonce'));
    await assertRefused(second, 400, 'use_dpop_nonce', 'bad_or_missing_nonce');
  });

  it('refuses a nonce of a resource server, even under one secret (RFC 9449 §9)', async () => {
    const { NonceIssuer } = await import('../../src/verifier/nonce.ts');
    const secret = 'x'.repeat(32);
    const login = await createLogin({ nonce: { policy: 'window', secret } });
    const foreign = await new NonceIssuer({ policy: 'window', secret }, 'resource-server').issue(login.clock.nowSeconds);
    await assertRefused(await login.redeem(await login.code(), { proofParts: { nonce: foreign } }), 400, 'use_dpop_nonce');
  });
});

describe('token endpoint: failing stores', () => {
  const down = async (): Promise<never> => {
    throw new Error('down');
  };

  async function assertUnavailable(response: Response) {
    assert.equal(response.headers.get('Retry-After'), '1');
    await assertRefused(response, 503, 'temporarily_unavailable', 'verifier_unavailable');
  }

  it('answers 503 where the replay store is down, and spends nothing', async () => {
    let isDown = true;
    const login = await createLogin({ replayStore: { claim: async () => !isDown || down() } });
    const code = await login.code();
    await assertUnavailable(await login.redeem(code));
    isDown = false;
    assert.equal((await login.redeem(code)).status, 200);
  });

  it('answers 503 where the replay store does not answer in time, or with something else than a boolean', async () => {
    for (const claim of [() => new Promise<never>(() => {}), async () => 'OK' as unknown as boolean]) {
      const login = await createLogin({ replayStore: { claim }, storeTimeoutSeconds: 0.02 });
      const response = await login.redeem(await login.code());
      await assertRefused(response, 503, 'temporarily_unavailable', 'verifier_unavailable');
    }
  });

  it('takes no refresh token for a code: PKCE alone does not carry it to another key (RFC 9449 §5)', async () => {
    const login = await createLogin();
    const { refresh_token } = await login.logIn();
    const response = await login.redeem(refresh_token, { proofParts: { key: login.thief } });
    await assertRefused(response, 400, 'invalid_grant');
    assert.equal((await login.refresh(refresh_token)).status, 200);
  });

  it('ends the access tokens of a family that was used twice, though the list was down at the time', async () => {
    const revoked: string[] = [];
    let isDown = true;
    const revoke = async (revocation: { jti?: string } | object) => {
      if (isDown) throw new Error('down');
      revoked.push((revocation as { jti: string }).jti);
    };
    const login = await createLogin({ revocation: { revoke } });
    const { refresh_token } = await login.logIn();
    assert.equal((await login.refresh(refresh_token)).status, 200);
    assert.equal((await login.refresh(refresh_token)).status, 503);
    isDown = false;
    await assertRefused(await login.refresh(refresh_token), 400, 'invalid_grant');
    assert.lengthOf(revoked, 2);
  });

  it('reads a bounded number of parameters', async () => {
    const login = await createLogin();
    const form = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`p${at}`, '1']));
    await assertRefused(await login.ask(form), 400, 'invalid_request');
  });

  it('forgets its nonces together with the proofs that were spent (RFC 9449 §11.3)', async () => {
    const memory = memoryReplayStore();
    let epoch = 'first';
    const replayStore = { claim: memory.claim, epoch: async () => epoch };
    const login = await createLogin({ nonce: { policy: 'window' }, replayStore });
    const challenged = await login.redeem(await login.code());
    const nonce = challenged.headers.get('DPoP-Nonce')!;
    epoch = 'after a flush';
    const response = await login.redeem(await login.code(), { proofParts: { nonce } });
    await assertRefused(response, 400, 'use_dpop_nonce', 'bad_or_missing_nonce');
  });

  it('answers 503 where the storage is down', async () => {
    const login = await createLogin({ storage: { get: down, put: async () => true } });
    await assertUnavailable(await login.redeem(await login.code()));
  });

  it('answers 503 where a second use cannot be written to the revocation list, and again until it can', async () => {
    const revoked: string[] = [];
    let isDown = true;
    const revoke = async (token: object) => void (isDown ? await down() : revoked.push((token as { jti: string }).jti));
    const login = await createLogin({ revocation: { revoke } });
    const code = await login.code();
    const { access_token, refresh_token } = (await (await login.redeem(code)).json()) as TokenAnswer;
    await assertUnavailable(await login.redeem(code));
    const form = { token: refresh_token, client_id: 'spa' };
    await assertUnavailable(await login.post(login.server.endpoints.revocation, form));
    isDown = false;
    assert.equal((await login.post(login.server.endpoints.revocation, form)).status, 200);
    assert.deepEqual(revoked, [decodeJwt(access_token).jti!]);
  });
});
