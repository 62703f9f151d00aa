import { assert } from 'chai';
import { createResourceServer, memoryReplayStore, type ResourceServerOptions } from '../../src/resource-server.ts';

const trusted = { issuer: 'https://login.example.com', audience: 'https://api.example.com', keys: { keys: [] } };
const good: ResourceServerOptions = { issuers: [trusted], replayStore: memoryReplayStore() };
const secret = 'a secret of thirty-two bytes or more';
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
    ['a clock that is no function', { nowSeconds: 1 }, 'nowSeconds'],
  ];
  for (const [mistake, options, named] of mistakes) {
    it(`${mistake} is a TypeError`, () => {
      assert.throws(() => createResourceServer({ ...good, ...options }), TypeError, named);
    });
  }

  const fine: [string, Partial<ResourceServerOptions>][] = [
    ['a shared store with a nonce secret', { replayStore: shared, nonce: { policy: 'window', secret } }],
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
