import { assert } from 'chai';
import { createResourceServer, memoryReplayStore, type ResourceServerOptions } from '../../src/resource-server.ts';

const trusted = { issuer: 'https://login.example.com', audience: 'https://api.example.com', keys: () => undefined };
const good: ResourceServerOptions = { issuers: [trusted], replayStore: memoryReplayStore() };
const secret = 'a secret of thirty-two bytes or more';
const introspection = { endpoint: new URL('https://login.example.com/introspect'), authentication: () => {} };
const shared = { shared: true, claim: async () => true };

describe('resource server: options', () => {
  it('needs issuers and a replay store, and no more', () => {
    assert.doesNotThrow(() => createResourceServer(good));
  });

  const mistakes: [string, object, string][] = [
    ['no issuers', { issuers: undefined }, 'issuers'],
    ['an empty list of issuers', { issuers: [] }, 'issuers'],
    ['an issuer without a name', { issuers: [{ ...trusted, issuer: '' }] }, 'issuers[].issuer'],
    ['an issuer twice', { issuers: [trusted, trusted] }, 'twice'],
    ['no audience', { issuers: [{ ...trusted, audience: undefined }] }, 'issuers[].audience'],
    ['an empty list of audiences', { issuers: [{ ...trusted, audience: [] }] }, 'issuers[].audience'],
    ['no keys', { issuers: [{ ...trusted, keys: undefined }] }, 'issuers[].keys'],
    ['keys as a text', { issuers: [{ ...trusted, keys: 'https://login.example.com/jwks' }] }, 'issuers[].keys'],
    ['keys over http', { issuers: [{ ...trusted, keys: new URL('http://login.example.com/jwks') }] }, 'https'],
    ['keys over http on a host that looks like loopback', { issuers: [{ ...trusted, keys: new URL('http://localhost.evil.example/jwks') }] }, 'https'],
    ['keys over another scheme', { issuers: [{ ...trusted, keys: new URL('data:,{}') }] }, 'https'],
    ['token algorithm none', { issuers: [{ ...trusted, algorithms: ['none'] }] }, 'none'],
    ['token algorithm HS256', { issuers: [{ ...trusted, algorithms: ['ES256', 'HS256'] }] }, 'HS256'],
    ['no token algorithm', { issuers: [{ ...trusted, algorithms: [] }] }, 'algorithms'],
    ['no token type', { issuers: [{ ...trusted, tokenTypes: [] }] }, 'tokenTypes'],
    ['a token type that is undefined', { issuers: [{ ...trusted, tokenTypes: [undefined] }] }, 'tokenTypes'],
    ['no replay store', { replayStore: undefined }, 'replayStore'],
    ['a replay store without claim', { replayStore: {} }, 'replayStore'],
    ['a shared store without a nonce secret', { replayStore: shared }, 'nonce.secret'],
    ['a shared store with single-use nonces without a secret', { replayStore: shared, nonce: { policy: 'single-use' } }, 'nonce.secret'],
    ['an unknown nonce policy', { nonce: { policy: 'sometimes' } }, 'nonce.policy'],
    ['a short nonce secret', { nonce: { policy: 'window', secret: 'short' } }, 'nonce.secret'],
    ['a nonce without a life', { nonce: { policy: 'window', lifetimeSeconds: 0 } }, 'lifetimeSeconds'],
    ['a revocation source without check', { revocation: {} }, 'revocation'],
    ['no proof algorithm', { proofAlgorithms: [] }, 'proofAlgorithms'],
    ['proof algorithm none', { proofAlgorithms: ['none'] }, 'proofAlgorithms'],
    ['proof algorithm HS256', { proofAlgorithms: ['ES256', 'HS256'] }, 'proofAlgorithms'],
    ['another bearer policy', { bearer: 'allow' }, 'bearer'],
    ['a negative age', { maxAgeSeconds: -1 }, 'maxAgeSeconds'],
    ['an age that is no number', { maxAgeSeconds: '60' }, 'maxAgeSeconds'],
    ['an age without end', { maxAgeSeconds: Infinity }, 'maxAgeSeconds'],
    ['a tolerance that is NaN', { clockToleranceSeconds: Number.NaN }, 'clockToleranceSeconds'],
    ['a tolerance of an hour', { clockToleranceSeconds: 3600 }, 'clockToleranceSeconds'],
    ['no room for proofs', { maxProofBytes: 0 }, 'maxProofBytes'],
    ['no room for tokens', { maxTokenBytes: 0 }, 'maxTokenBytes'],
    ['no time for stores', { storeTimeoutSeconds: 0 }, 'storeTimeoutSeconds'],
    ['decryption without keys', { decryption: {} }, 'decryption.keys'],
    ['decryption with an empty key set', { decryption: { keys: { keys: [] } } }, 'decryption.keys'],
    ['a public URL with a query', { publicUrl: new URL('https://api.example.com/?x') }, 'publicUrl'],
    ['a public URL that is none', { publicUrl: 'api.example.com' }, 'publicUrl'],
    ['a clock that is no function', { nowSeconds: 1 }, 'nowSeconds must be a function'],
    ['a fetch that is no function', { fetch: 1 }, 'fetch must be a function'],
    ['an issuer that is null', { issuers: [null] }, 'issuers[] must be an object'],
    ['an issuer with two names', { issuers: [{ ...trusted, issuer: ['https://a.example', 'https://b.example'] }] }, 'issuers[].issuer'],
    ['an empty key set', { issuers: [{ ...trusted, keys: { keys: [] } }] }, 'issuers[].keys'],
    ['token types as a text', { issuers: [{ ...trusted, tokenTypes: 'JWT' }] }, 'issuers[].tokenTypes must be'],
    ['token algorithms as a text', { issuers: [{ ...trusted, algorithms: 'ES256' }] }, 'issuers[].algorithms must be'],
    ['required claims as a text', { issuers: [{ ...trusted, requiredClaims: 'sub' }] }, 'issuers[].requiredClaims must be'],
    ['a required claim without a name', { issuers: [{ ...trusted, requiredClaims: [''] }] }, 'issuers[].requiredClaims must be'],
    ['half a byte of a proof', { maxProofBytes: 1.5 }, 'maxProofBytes must be a whole number'],
    ['half a byte of a token', { maxTokenBytes: 1.5 }, 'maxTokenBytes must be a whole number'],
    ['half a byte of a cache', { tokenCacheBytes: 0.5 }, 'tokenCacheBytes must be a whole number'],
    ['introspection that is kept for a text', { issuers: [{ ...trusted, introspection: { ...introspection, cacheSeconds: '5' } }] }, 'introspection.cacheSeconds must be'],
    ['introspection with a text for its time', { issuers: [{ ...trusted, introspection: { ...introspection, timeoutSeconds: '5' } }] }, 'introspection.timeoutSeconds must be'],
    ['introspection by a secret that is a number', { issuers: [{ ...trusted, introspection: { ...introspection, authentication: { clientId: 'a', clientSecret: 1 } } }] }, 'introspection.authentication must be'],
    ['a nonce policy that is null', { nonce: null }, 'nonce.policy must be'],
    ['a nonce policy without its object', { nonce: 'none' }, 'nonce.policy must be'],
    ['a nonce secret that is a number', { nonce: { policy: 'window', secret: 64 } }, 'nonce.secret must be'],
    ['a nonce life that is a text', { nonce: { policy: 'window', lifetimeSeconds: '60' } }, 'nonce.lifetimeSeconds must be'],
    ['a revocation source that is null', { revocation: null }, 'revocation must have'],
    ['a revocation source that is switched off by false', { revocation: false }, 'revocation must have'],
    ['a replay store whose epoch is a text', { replayStore: { ...shared, epoch: 'first' } }, 'replayStore.epoch must be a function'],
    ['a replay store whose spend is no function', { replayStore: { ...shared, spend: true } }, 'replayStore.spend must be a function'],
    ['decryption keys in a text', { decryption: { keys: { keys: 'abc' } } }, 'decryption.keys must be'],
    ['decryption that is switched off by false', { decryption: false }, 'decryption.keys must be'],
  ];
  for (const [mistake, options, named] of mistakes) {
    it(`${mistake} is a TypeError`, () => {
      assert.throws(() => createResourceServer({ ...good, ...options }), TypeError, named);
    });
  }

  for (const [what, given, named] of [
    ['no options', undefined, 'replayStore is needed'], ['null', null, 'replayStore is needed'], ['a text', 'x', 'options must be an object'],
  ] as const) {
    it(`${what} is a TypeError that says what is missing`, () => {
      assert.throws(() => createResourceServer(given as unknown as ResourceServerOptions), TypeError, named);
    });
  }

  const fine: [string, Partial<ResourceServerOptions>][] = [
    ['a shared store with a nonce secret', { replayStore: shared, nonce: { policy: 'window', secret } }],
    ['an issuer with several audiences and no claims beyond the indispensable', { issuers: [{ ...trusted, audience: ['a', 'b'], requiredClaims: [] }] }],
    ['a shared store without nonces', { replayStore: shared, nonce: { policy: 'none' } }],
    ...['localhost:8080', 'auth.localhost', '127.0.0.1', '[::1]:9000'].map((host): [string, Partial<ResourceServerOptions>] => [
      `keys over http on ${host}`, { issuers: [{ ...trusted, keys: new URL(`http://${host}/jwks`) }] },
    ]),
  ];
  for (const [what, options] of fine) {
    it(`${what} is fine`, () => {
      assert.doesNotThrow(() => createResourceServer({ ...good, ...options }));
    });
  }
});
