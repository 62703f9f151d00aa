import { assert } from 'chai';
import { createKeybound, createProof, createSigner, type Keybound, type KeyboundOptions } from '../../src/index.ts';
import { api, jwt, login, newName, ok, readClaims, readProof, recorder } from './recorder.ts';

const other = 'https://other.example.com';
const { now: trueNow } = Date;

/** A refusal of the proof, with the server's time, as far as it says so. */
const refused = (dateSeconds?: number, algs?: string) => () =>
  new Response('refused', {
    status: 401,
    headers: {
      'WWW-Authenticate': `DPoP error="invalid_dpop_proof"${algs ? `, algs="${algs}"` : ''}`,
      ...(dateSeconds !== undefined && { Date: new Date(dateSeconds * 1000).toUTCString() }),
    },
  });

describe('the clock', () => {
  const made: Keybound[] = [];
  let nowSeconds: number;

  async function make(options: KeyboundOptions): Promise<Keybound> {
    const keybound = await createKeybound({ name: newName(), ...options });
    made.push(keybound);
    return keybound;
  }
  const protect = (keybound: Keybound) => keybound.protect({ origins: [api, other], accessToken: () => 'a-token' });

  beforeEach(() => {
    nowSeconds = Math.floor(trueNow() / 1000);
    Date.now = () => nowSeconds * 1000;
  });

  afterEach(() => {
    Date.now = trueNow;
    for (const keybound of made.splice(0)) keybound.close();
  });

  describe('of this device', () => {
    const iat = async (signer: Awaited<ReturnType<typeof createSigner>>, skewSeconds = 0) =>
      (await readProof(await createProof(signer, { method: 'GET', url: api }, { skewSeconds }))).claims.iat! - nowSeconds;

    it('that is set back a few seconds makes no proof look older than the one before it', async () => {
      const signer = await createSigner();
      assert.equal(await iat(signer), 0);
      nowSeconds -= 5;
      assert.equal(await iat(signer), 5);
      nowSeconds += 3;
      assert.equal(await iat(signer), 2);
      nowSeconds += 3;
      assert.equal(await iat(signer), 0);
    });

    it('that is set back by more is believed', async () => {
      const signer = await createSigner();
      assert.equal(await iat(signer), 0);
      nowSeconds -= 60;
      assert.equal(await iat(signer), 0);
    });

    it("is told from a server's: proofs for one that is a few seconds ahead put no others ahead", async () => {
      const signer = await createSigner();
      assert.equal(await iat(signer, 8), 8);
      nowSeconds += 4;
      assert.equal(await iat(signer), 0);
      nowSeconds -= 2;
      assert.deepEqual([await iat(signer, 8), await iat(signer)], [10, 2]);
    });
  });

  describe('of a server', () => {
    it('is learned by all requests that were refused together, not by the first alone', async () => {
      const ahead = 3600;
      const server = recorder(ok(), async (request) => {
        const [claims] = await readClaims([request]);
        return claims!.iat! < nowSeconds + ahead ? refused(nowSeconds + ahead)() : ok()();
      });
      const fetch = protect(await make({ fetch: server.fetch }));
      // It has answered: from now on nobody waits, all are signed by the wrong clock.
      await fetch(api);
      const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(api)));
      assert.deepEqual(answers.map(({ status }) => status), answers.map(() => 200));
      assert.equal(server.requests.length, 21);
    });

    it('is learned from another answer, where its own shows no time', async () => {
      const server = recorder(async (request) => {
        if (request.url.startsWith(login)) return Response.json({}, { headers: { Date: new Date((nowSeconds + 3600) * 1000).toUTCString() } });
        const [claims] = await readClaims([request]);
        if (claims!.iat! >= nowSeconds + 3600) return ok()();
        // While this one is under way, the device logs in.
        await keybound.fetch(`${login}/token`, { method: 'POST' });
        return refused()();
      });
      const keybound = await make({ fetch: server.fetch, authorizationServers: [login] });
      assert.equal((await protect(keybound)(api)).status, 200);
    });

    it('costs one correction a request, however often it changes its mind', async () => {
      const server = recorder((_, attempt) => refused(nowSeconds + (attempt % 2 ? 3600 : -3600))());
      const fetch = protect(await make({ fetch: server.fetch }));
      for (const count of [2, 4, 6]) {
        assert.equal(await (await fetch(api)).text(), 'refused');
        assert.equal(server.requests.length, count);
      }
    });

    it('costs nothing where it agrees with ours to a few seconds, or is not to be seen: a refused proof is returned', async () => {
      for (const seen of [nowSeconds, nowSeconds + 5, nowSeconds - 5, undefined, NaN]) {
        const date = Number.isNaN(seen) ? { Date: 'yesterday' } : {};
        const server = recorder(() => {
          const response = refused(Number.isNaN(seen) ? undefined : seen)();
          return new Response(response.body, { status: 401, headers: { ...Object.fromEntries(response.headers), ...date } });
        });
        assert.equal((await protect(await make({ fetch: server.fetch }))(api)).status, 401);
        assert.equal(server.requests.length, 1, `${seen}`);
      }
    });

    it('does not make a request go out again that was carried out, whatever error its answer names', async () => {
      for (const status of [200, 201, 500, 503]) {
        for (const error of ['invalid_dpop_proof', 'invalid_token']) {
          const headers = { 'WWW-Authenticate': `DPoP error="${error}", algs="EdDSA"`, Date: new Date(0).toUTCString() };
          const server = recorder(() => new Response('done', { status, headers }));
          let refreshed = 0;
          const fetch = (await make({ fetch: server.fetch })).protect({ origins: [api], accessToken: () => `token ${refreshed}`, refresh: async () => (refreshed += 1) });
          assert.equal((await fetch(api, { method: 'POST' })).status, status);
          assert.deepEqual([server.requests.length, refreshed], [1, 0]);
        }
      }
    });

    const tokenResponse = (issuedSeconds: number, expires_in?: number) => () =>
      Response.json({ access_token: jwt({ iat: issuedSeconds, exp: issuedSeconds + 3600 }), expires_in });
    for (const [what, expiresIn, learned] of [['', 3600, 3000], [' whose life is not told', undefined, 3000], [' whose life is rounded', 3598, 3000], [' that is as old as its shorter life says', 600, 0]] as const) {
      it(`is ${learned ? '' : 'not '}taken from the iat of a token${what}`, async () => {
        const server = recorder((request) => (request.method === 'POST' ? tokenResponse(nowSeconds + (expiresIn === 600 ? -3000 : 3000), expiresIn)() : ok()()));
        const keybound = await make({ fetch: server.fetch, authorizationServers: [login] });
        await keybound.fetch(`${login}/token`, { method: 'POST' });
        await protect(keybound)(api);
        assert.equal((await readClaims(server.requests))[1]!.iat, nowSeconds + learned);
      });
    }
  });
});

describe("a server's name for Ed25519", () => {
  const made: Keybound[] = [];

  afterEach(() => {
    for (const keybound of made.splice(0)) keybound.close();
  });

  async function algorithmsSent(algorithms: readonly string[], algs: string): Promise<(string | undefined)[]> {
    const server = recorder(refused(undefined, algs));
    const keybound = await createKeybound({ name: newName(), fetch: server.fetch, algorithms });
    made.push(keybound);
    await keybound.protect({ origins: [api], accessToken: () => 'a-token' })(api);
    const proofs = await Promise.all(server.requests.map(({ headers }) => readProof(headers.get('DPoP')!)));
    return proofs.map(({ header }) => header.alg);
  }

  it('is taken over where it lists one that was not used, once', async () => {
    assert.deepEqual(await algorithmsSent(['Ed25519'], 'ES256 EdDSA'), ['Ed25519', 'EdDSA']);
    assert.deepEqual(await algorithmsSent(['EdDSA'], 'Ed25519'), ['EdDSA', 'Ed25519']);
  });

  it('costs nothing where it lists the one that was used, both, none, or where the key is of another kind', async () => {
    for (const [algorithm, algs] of [['Ed25519', 'Ed25519 ES256'], ['EdDSA', 'EdDSA'], ['Ed25519', 'EdDSA Ed25519'], ['Ed25519', 'ES256 RS256'], ['ES256', 'EdDSA']] as const) {
      assert.deepEqual(await algorithmsSent([algorithm], algs), [algorithm], algs);
    }
  });
});
