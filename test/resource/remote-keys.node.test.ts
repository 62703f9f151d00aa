import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { assert } from 'chai';
import { createRemoteKeys } from '../../src/resource/remote-keys.ts';
import type { TrustedIssuer } from '../../src/resource-server.ts';
import { createApi, type Api } from '../support/api.ts';
import { createTokenIssuer } from '../support/tokens.ts';
import { listen, type Listening } from '../servers/listen.ts';

type Answer = (response: ServerResponse, message: IncomingMessage) => void;

const json = (value: unknown): Answer => (response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
};

describe('resource server: issuers over real HTTP', () => {
  let server: Listening;
  let trap: Listening;
  let api: Api;
  let answer: Answer;
  let calls: number;
  let trapped: number;

  beforeEach(async () => {
    [calls, trapped] = [0, 0];
    server = await listen(async (message, response) => {
      calls += 1;
      message.resume();
      answer(response, message);
    });
    api = await createApi();
    // Where redirects lead: an issuer that would say yes to everything.
    trap = await listen(async (message, response) => {
      trapped += 1;
      message.resume();
      json({ ...api.issuer.jwks, ...active(api) })(response, message);
    });
    answer = json(api.issuer.jwks);
  });

  afterEach(async () => {
    await server.close();
    await trap.close();
  });

  const active = ({ alice, clock, issuer }: Api) => ({
    active: true, cnf: { jkt: alice.jkt }, aud: issuer.audience, exp: clock.nowSeconds + 300,
  });

  const replica = (trusted: Pick<TrustedIssuer, 'keys' | 'introspection'>) =>
    api.replica({ issuers: [{ issuer: api.issuer.issuer, audience: api.issuer.audience, ...trusted }] });

  const byKeys = () => replica({ keys: new URL('/jwks', server.origin) });

  const byIntrospection = (timeoutSeconds = 5) =>
    replica({
      introspection: {
        endpoint: new URL('/introspect', server.origin), timeoutSeconds,
        authentication: { clientId: 'api', clientSecret: 'secret' },
      },
    });

  const failures: [string, Answer][] = [
    ...[301, 302, 303, 307, 308].map((status): [string, Answer] => [
      `a redirect (${status})`,
      (response) => void response.writeHead(status, { location: `${trap.origin}/jwks` }).end(),
    ]),
    ['an error (500), good body or not', (response, message) => {
      response.statusCode = 500;
      json({ ...api.issuer.jwks, ...active(api) })(response, message);
    }],
    ['an empty answer (204)', (response) => void response.writeHead(204).end()],
    ['garbage', (response) => void response.end(Buffer.from([0xff, 0x00, 0x7b]))],
    ['JSON that is cut off', (response) => void response.end('{"keys":[{"kty":')],
    ['a connection that breaks', (response) => void response.destroy()],
    ['a body that breaks off', (response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{');
      setImmediate(() => response.destroy());
    }],
    ['more than it may, announced', (response) => void response.end(`{"keys":[],"active":true,"x":"${'x'.repeat(600_000)}"}`)],
    ['more than it may, in chunks without end', (response) => {
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    }],
    ['more than it may, once unpacked', (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(' '.repeat(10_000_000)));
    }],
  ];
  for (const [what, failing] of failures) {
    it(`${what} -> 503, and nothing is fetched elsewhere`, async () => {
      answer = failing;
      for (const [verifier, accessToken] of [[byKeys(), await api.issueToken()], [byIntrospection(), 'opaque']] as const) {
        const decision = await verifier.verify(await api.request({ accessToken }));
        assert.deepInclude(decision, { step: 6, code: 'verifier_unavailable', status: 503 });
      }
      assert.deepEqual([calls, trapped], [2, 0]);
    });
  }

  const hangs: [string, Answer][] = [
    ['no answer', () => {}],
    ['an answer that stops after its headers', (response) => response.writeHead(200).flushHeaders()],
    ['an answer that stops in its body', (response) => void response.write('{"keys":')],
  ];
  for (const [what, hanging] of hangs) {
    it(`${what}: given up in time`, async () => {
      answer = hanging;
      const { resolve: find } = createRemoteKeys(new URL(server.origin), { fetch: undefined, nowSeconds: () => 0, timeoutSeconds: 0.05 });
      const error = await find({ alg: 'ES256' }).then(() => undefined, (thrown: unknown) => thrown);
      assert.instanceOf(error, Error);
      const decision = await byIntrospection(0.05).verify(await api.request({ accessToken: 'opaque' }));
      assert.deepInclude(decision, { step: 6, code: 'verifier_unavailable' });
    });
  }

  it('an opaque token is asked about as RFC 7662 §2.1 says', async () => {
    let seen: (string | undefined)[] = [];
    answer = (response, message) => {
      const { 'content-type': type, authorization, accept } = message.headers;
      seen = [message.method, message.url, type, authorization, accept];
      json(active(api))(response, message);
    };
    assert.isTrue((await byIntrospection().verify(await api.request({ accessToken: 'opaque' }))).ok);
    assert.deepEqual(seen, [
      'POST', '/introspect', 'application/x-www-form-urlencoded;charset=UTF-8', `Basic ${btoa('api:secret')}`, 'application/json',
    ]);
  });

  it('126 keys are rotated, withdrawn, and survive an outage, without a restart', async () => {
    const verifier = byKeys();
    const next = await createTokenIssuer({ kid: 'key-2' });
    const lasting = { claims: { exp: api.clock.nowSeconds + 86_400 } };
    const tokens = {
      old: await api.issueToken(lasting),
      next: await next.issue({ jkt: api.alice.jkt, nowSeconds: api.clock.nowSeconds, ...lasting }),
    };
    const isAllowed = async (accessToken: string) => (await verifier.verify(await api.request({ accessToken }))).ok;
    assert.isTrue(await isAllowed(tokens.old));

    answer = json({ keys: [...api.issuer.jwks.keys, ...next.jwks.keys] });
    api.clock.nowSeconds += 5;
    assert.isTrue(await isAllowed(tokens.next), 'an unknown kid is looked for at once');
    assert.isTrue(await isAllowed(tokens.old), 'both are published');
    assert.equal(calls, 2);

    answer = (response) => void response.destroy();
    api.clock.nowSeconds += 3600;
    assert.isTrue(await isAllowed(tokens.old));
    assert.isTrue(await isAllowed(tokens.next));

    answer = json(next.jwks);
    api.clock.nowSeconds += 600;
    assert.isTrue(await isAllowed(tokens.next));
    assert.isFalse(await isAllowed(tokens.old), 'withdrawn');
  });

  it('a hundred requests at once, with keys that nobody knows: one fetch', async () => {
    const verifier = byKeys();
    const decide = async (kid: string) => verifier.verify(await api.request({ token: { header: { kid }, jkt: api.alice.jkt } }));
    const decisions = await Promise.all(Array.from({ length: 100 }, (_, index) => decide(`invented-${index}`)));
    assert.isTrue(decisions.every((decision) => !decision.ok && decision.code === 'bad_access_token_signature'));
    assert.equal(calls, 1);
  });
});
