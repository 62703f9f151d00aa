/** The authorization server's attacks, by their numbers on the list. */

import { assert } from 'chai';
import { decodeJwt } from 'jose';
import { digest } from '../../src/crypto/web.ts';
import { accessTokenHash } from '../../src/protocol/proof.ts';
import { client, codeChallenge, createLogin, redirectUri, type LoginServer, type TokenAnswer } from '../support/login.ts';
import { assertRefused } from '../support/oauth.ts';

/** One attack: what is sent, what it must be answered with, and that the honest owner goes on. */
interface Attack {
  readonly attack: string;
  readonly clause: string;
  readonly error: string;
  readonly code?: string;
  send(login: LoginServer, honest: TokenAnswer): Promise<Response>;
}

const byThief = (login: LoginServer) => ({ proofParts: { key: login.thief } });

const request = {
  client_id: client.clientId, redirect_uri: redirectUri, response_type: 'code',
  code_challenge: codeChallenge, code_challenge_method: 'S256',
};

const pushUrl = (login: LoginServer) => login.server.endpoints.pushedRequest;

const attacks: Attack[] = [
  {
    attack: '128 a refresh token with another key', clause: 'RFC 9449 §5', error: 'invalid_grant',
    send: (login, { refresh_token }) => login.refresh(refresh_token, byThief(login)),
  },
  {
    attack: '128 a refresh token that was used, with another key', clause: 'RFC 9449 §5', error: 'invalid_grant',
    async send(login, { refresh_token }) {
      const { refresh_token: next } = (await (await login.refresh(refresh_token)).json()) as TokenAnswer;
      const response = await login.refresh(refresh_token, byThief(login));
      assert.equal((await login.refresh(next)).status, 200, 'a thief without the key ends no family');
      return response;
    },
  },
  {
    attack: '128 a refresh token whose thief shows the owner\'s key, but cannot sign', clause: 'RFC 9449 §4.3 (6)',
    error: 'invalid_dpop_proof', code: 'bad_proof_signature',
    send: (login, { refresh_token }) => login.refresh(refresh_token, { proofParts: { signer: login.thief } }),
  },
  {
    attack: '129 a code with a key other than its dpop_jkt', clause: 'RFC 9449 §10', error: 'invalid_grant',
    send: async (login) => login.redeem(await login.code({ dpopJkt: login.alice.jkt }), byThief(login)),
  },
  {
    attack: '129 a code whose key was pushed with a proof, with another key', clause: 'RFC 9449 §10.1', error: 'invalid_grant',
    async send(login) {
      const proof = await login.prove({ url: pushUrl(login) });
      const pushed = await login.post(pushUrl(login), request, { DPoP: proof });
      const { request_uri } = (await pushed.json()) as { request_uri: string };
      const query = new URLSearchParams({ client_id: client.clientId, request_uri, dpop_jkt: login.thief.jkt });
      const back = await login.server.fetch(new Request(`${login.server.endpoints.authorization}?${query}`));
      return login.redeem(new URL(back.headers.get('Location')!).searchParams.get('code')!, byThief(login));
    },
  },
  {
    attack: '130 a pushed request whose proof is of another key than its dpop_jkt', clause: 'RFC 9449 §10.1', error: 'invalid_dpop_proof',
    send: async (login) =>
      login.post(pushUrl(login), { ...request, dpop_jkt: login.alice.jkt }, { DPoP: await login.prove({ url: pushUrl(login), key: login.thief }) }),
  },
  {
    attack: '130 a pushed request with a proof for another endpoint', clause: 'RFC 9449 §10.1', error: 'invalid_dpop_proof', code: 'uri_mismatch',
    send: async (login) => login.post(pushUrl(login), { ...request, dpop_jkt: login.alice.jkt }, { DPoP: await login.prove() }),
  },
  {
    attack: '130 a pushed request with a bad proof and no dpop_jkt', clause: 'RFC 9449 §10.1', error: 'invalid_dpop_proof', code: 'malformed_proof',
    send: async (login) => login.post(pushUrl(login), request, { DPoP: 'a.b.c' }),
  },
  {
    attack: '130 a pushed request with a proof that was used', clause: 'RFC 9449 §11.1', error: 'invalid_dpop_proof', code: 'proof_replayed',
    async send(login) {
      const headers = { DPoP: await login.prove({ url: pushUrl(login) }) };
      assert.equal((await login.post(pushUrl(login), request, headers)).status, 201);
      return login.post(pushUrl(login), request, headers);
    },
  },
  {
    attack: '131 a code without a proof', clause: 'RFC 9449 §5.2', error: 'invalid_dpop_proof', code: 'proof_missing',
    send: async (login) => login.redeem(await login.code(), { proof: undefined }),
  },
  {
    attack: '131 a code that is bound to a key, without a proof', clause: 'RFC 9449 §10', error: 'invalid_dpop_proof', code: 'proof_missing',
    send: async (login) => login.redeem(await login.code({ dpopJkt: login.alice.jkt }), { proof: undefined }),
  },
  {
    attack: '132 an ath without a token', clause: 'RFC 9449 §4.3 (12)', error: 'invalid_dpop_proof', code: 'proof_token_mismatch',
    send: async (login, { access_token }) =>
      login.redeem(await login.code(), { proofParts: { claims: { ath: await accessTokenHash(access_token, digest) } } }),
  },
  {
    attack: '132 an ath of another token than the one that is sent', clause: 'RFC 9449 §4.3 (12)',
    error: 'invalid_dpop_proof', code: 'proof_token_mismatch',
    send: async (login, { access_token }) =>
      login.redeem(await login.code(), {
        proofParts: { claims: { ath: await accessTokenHash('another', digest) } }, headers: { Authorization: `DPoP ${access_token}` },
      }),
  },
  {
    attack: '133 a refresh token without a proof', clause: 'RFC 9449 §5', error: 'invalid_dpop_proof', code: 'proof_missing',
    send: (login, { refresh_token }) => login.refresh(refresh_token, { proof: undefined }),
  },
  {
    attack: '133 a refresh token with the access token as its proof', clause: 'RFC 9449 §11.5', error: 'invalid_dpop_proof', code: 'malformed_proof',
    send: (login, { refresh_token, access_token }) => login.refresh(refresh_token, { proof: access_token }),
  },
  {
    attack: '134 a proof that was used, with a fresh code', clause: 'RFC 9449 §11.1', error: 'invalid_dpop_proof', code: 'proof_replayed',
    async send(login) {
      const proof = await login.prove();
      assert.equal((await login.redeem(await login.code(), { proof })).status, 200);
      return login.redeem(await login.code(), { proof });
    },
  },
  {
    attack: '134 a proof that was used, with a refresh token', clause: 'RFC 9449 §11.1', error: 'invalid_dpop_proof', code: 'proof_replayed',
    async send(login) {
      const proof = await login.prove();
      const { refresh_token } = (await (await login.redeem(await login.code(), { proof })).json()) as TokenAnswer;
      return login.refresh(refresh_token, { proof });
    },
  },
  {
    attack: '134 a proof of a pushed request, at the token endpoint', clause: 'RFC 9449 §4.3 (9)', error: 'invalid_dpop_proof', code: 'uri_mismatch',
    send: async (login) => login.redeem(await login.code(), { proof: await login.prove({ url: pushUrl(login) }) }),
  },
];

describe('authorization server: the attack list', () => {
  for (const { attack, clause, error, code, send } of attacks) {
    it(`${attack} -> 400 ${error}${code ? ` ${code}` : ''} (${clause})`, async () => {
      const login = await createLogin({ authenticate: async () => ({ sub: 'alice' }) });
      const honest = await login.logIn();
      await assertRefused(await send(login, honest), 400, error, code);
      assert.isFalse(await login.revocation.check({ jti: decodeJwt(honest.access_token).jti! }));
      assert.equal((await login.redeem(await login.code())).status, 200);
    });
  }

  for (const { attack, send } of attacks.filter(({ attack: name }) => /^(128|133) (?!.*used)/.test(name))) {
    it(`${attack}: the owner's refresh token is good still`, async () => {
      const login = await createLogin();
      const honest = await login.logIn();
      await send(login, honest);
      assert.equal((await login.refresh(honest.refresh_token)).status, 200);
    });
  }

  it('134 fifty copies of one token request at once: one answer, one family', async () => {
    const login = await createLogin();
    const [code, proof] = [await login.code(), await login.prove()];
    const answers = await Promise.all(Array.from({ length: 50 }, () => login.redeem(code, { proof })));
    const won = answers.filter(({ ok }) => ok);
    assert.lengthOf(won, 1);
    const { refresh_token } = (await won[0]!.json()) as TokenAnswer;
    assert.equal((await login.refresh(refresh_token)).status, 200);
  });

  it('a body that is too large is not taken, at any endpoint: 413', async () => {
    const login = await createLogin({ authenticate: async () => undefined, introspectionCallers: [{ clientId: 'api', clientSecret: 'x'.repeat(32) }] });
    const { token, revocation, introspection, pushedRequest } = login.server.endpoints;
    const body = new URLSearchParams({ client_id: 'spa', token: 'x'.repeat(1_000_000) });
    const headers = { authorization: `Basic ${btoa(`api:${'x'.repeat(32)}`)}` };
    for (const url of [token, revocation, introspection, pushedRequest]) {
      await assertRefused(await login.server.fetch(new Request(url, { method: 'POST', body, headers })), 413, 'invalid_request');
    }
  });
});
