import { assert } from 'chai';
import { isNonce } from '../../src/protocol/nonce.ts';
import { NonceIssuer } from '../../src/verifier/nonce.ts';

const secret = 'a secret of thirty-two bytes or more';
const now = 1_800_000_000;

describe('server nonces', () => {
  it('are nonces by RFC 9449 §8.1, each one new', async () => {
    const issuer = new NonceIssuer({ policy: 'window' }, 'resource-server');
    const [first, second] = await Promise.all([issuer.issue(now), issuer.issue(now)]);
    assert.isTrue(isNonce(first));
    assert.notEqual(first, second);
  });

  it('live for their lifetime, to the second', async () => {
    const issuer = new NonceIssuer({ policy: 'window', lifetimeSeconds: 60 }, 'resource-server');
    const nonce = await issuer.issue(now);
    assert.equal(await issuer.expiry(nonce, now + 60, 0), now + 60);
    assert.isUndefined(await issuer.expiry(nonce, now + 61, 0));
  });

  it('may come from a replica whose clock is ahead, within the tolerance', async () => {
    const issuer = new NonceIssuer({ policy: 'window' }, 'resource-server');
    const nonce = await issuer.issue(now + 10);
    assert.isDefined(await issuer.expiry(nonce, now, 10));
    assert.isUndefined(await issuer.expiry(nonce, now, 9));
  });

  it('serve the role they were made for only (RFC 9449 §9)', async () => {
    const authorization = new NonceIssuer({ policy: 'window', secret }, 'authorization-server');
    const resource = new NonceIssuer({ policy: 'window', secret }, 'resource-server');
    assert.isUndefined(await resource.expiry(await authorization.issue(now), now, 0));
  });

  it('are accepted by whoever has the secret, and by nobody else', async () => {
    const issuer = new NonceIssuer({ policy: 'window', secret }, 'resource-server');
    const replica = new NonceIssuer({ policy: 'window', secret: [secret] }, 'resource-server');
    const stranger = new NonceIssuer({ policy: 'window' }, 'resource-server');
    const nonce = await issuer.issue(now);
    assert.isDefined(await replica.expiry(nonce, now, 0));
    assert.isUndefined(await stranger.expiry(nonce, now, 0));
  });

  it('outlive the rotation of the secret, while the old one is on the list', async () => {
    const next = new TextEncoder().encode('the next secret, of thirty-two bytes');
    const nonce = await new NonceIssuer({ policy: 'window', secret }, 'resource-server').issue(now);
    const rotating = new NonceIssuer({ policy: 'window', secret: [next, secret] }, 'resource-server');
    const rotated = new NonceIssuer({ policy: 'window', secret: next }, 'resource-server');
    assert.isDefined(await rotating.expiry(nonce, now, 0));
    assert.isUndefined(await rotated.expiry(nonce, now, 0));
    assert.isDefined(await rotated.expiry(await rotating.issue(now), now, 0));
  });

  it('are refused when a single character differs', async () => {
    const issuer = new NonceIssuer({ policy: 'window' }, 'resource-server');
    const nonce = await issuer.issue(now);
    for (let index = 0; index < nonce.length; index += 1) {
      const bent = nonce.slice(0, index) + (nonce[index] === 'A' ? 'B' : 'A') + nonce.slice(index + 1);
      assert.isUndefined(await issuer.expiry(bent, now, 0), `character ${index}`);
    }
    for (const garbage of ['', 'x', `${nonce}A`, nonce.slice(1), '%']) assert.isUndefined(await issuer.expiry(garbage, now, 0));
  });

  it('die with the memory that the proofs were spent in', async () => {
    let epoch = 'first';
    const issuer = new NonceIssuer({ policy: 'window', secret }, 'resource-server', { epoch: async () => epoch });
    const nonce = await issuer.issue(now);
    assert.isDefined(await issuer.expiry(nonce, now, 0));
    epoch = 'second';
    assert.isUndefined(await issuer.expiry(nonce, now, 0));
  });

  it('are due past half their life, or always where each serves once', () => {
    const window = new NonceIssuer({ policy: 'window', lifetimeSeconds: 60 }, 'resource-server');
    const once = new NonceIssuer({ policy: 'single-use', lifetimeSeconds: 60 }, 'resource-server');
    assert.isFalse(window.isDue(now + 30, now));
    assert.isTrue(window.isDue(now + 29, now));
    assert.isTrue(once.isDue(now + 60, now));
  });

  for (const lifetimeSeconds of [0, -1, Number.NaN, Infinity]) {
    it(`cannot live for ${lifetimeSeconds} seconds`, () => {
      assert.throws(() => new NonceIssuer({ policy: 'window', lifetimeSeconds }, 'resource-server'), TypeError, 'lifetimeSeconds');
    });
  }

  for (const weak of ['short', new Uint8Array(31), [], [secret, 'short']]) {
    it(`cannot be made with the secret ${JSON.stringify(weak)}`, () => {
      assert.throws(() => new NonceIssuer({ policy: 'window', secret: weak }, 'resource-server'), TypeError, 'secret');
    });
  }
});
