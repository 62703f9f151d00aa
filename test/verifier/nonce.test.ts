import { assert } from 'chai';
import * as fc from 'fast-check';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import { isNonce } from '../../src/protocol/nonce.ts';
import { NonceIssuer } from '../../src/verifier/nonce.ts';

const secret = 'a secret of thirty-two bytes or more';
const now = 1_800_000_000;

const filled = (length: number) => Uint8Array.from({ length }, (_, index) => index + 1);

async function check(issuer: NonceIssuer, nonce: string, nowSeconds: number, clockToleranceSeconds: number) {
  return (await issuer.check(nonce, { nowSeconds, clockToleranceSeconds }))?.expiresAtSeconds;
}

describe('server nonces', () => {
  it('are good only under the policy and the lifetime that they were issued for', async () => {
    const clock = { nowSeconds: now, clockToleranceSeconds: 10 };
    const terms = [{ policy: 'window' }, { policy: 'single-use' }, { policy: 'window', lifetimeSeconds: 300 }] as const;
    const issuers = terms.map((each) => new NonceIssuer({ ...each, secret }, 'resource-server'));
    for (const issuer of issuers) {
      const nonce = await issuer.issue(clock.nowSeconds);
      for (const other of issuers) assert.equal((await other.check(nonce, clock)) !== undefined, other === issuer);
    }
  });

  it('are nonces by RFC 9449 §8.1, each one new', async () => {
    const issuer = new NonceIssuer({ policy: 'window' }, 'resource-server');
    const [first, second] = await Promise.all([issuer.issue(now), issuer.issue(now)]);
    assert.isTrue(isNonce(first));
    assert.notEqual(first, second);
  });

  it('live for their lifetime, to the second', async () => {
    const issuer = new NonceIssuer({ policy: 'window', lifetimeSeconds: 60 }, 'resource-server');
    const nonce = await issuer.issue(now);
    assert.equal(await check(issuer, nonce, now + 60, 0), now + 60);
    assert.isUndefined(await check(issuer, nonce, now + 61, 0));
  });

  it('may come from a replica whose clock is ahead, within the tolerance', async () => {
    const issuer = new NonceIssuer({ policy: 'window' }, 'resource-server');
    const nonce = await issuer.issue(now + 10);
    assert.isDefined(await check(issuer, nonce, now, 10));
    assert.isUndefined(await check(issuer, nonce, now, 9));
  });

  it('serve the role they were made for only (RFC 9449 §9)', async () => {
    const authorization = new NonceIssuer({ policy: 'window', secret }, 'authorization-server');
    const resource = new NonceIssuer({ policy: 'window', secret }, 'resource-server');
    assert.isUndefined(await check(resource, await authorization.issue(now), now, 0));
  });

  it('are accepted by whoever has the secret, and by nobody else', async () => {
    const issuer = new NonceIssuer({ policy: 'window', secret }, 'resource-server');
    const replica = new NonceIssuer({ policy: 'window', secret: [secret] }, 'resource-server');
    const stranger = new NonceIssuer({ policy: 'window' }, 'resource-server');
    const nonce = await issuer.issue(now);
    assert.isDefined(await check(replica, nonce, now, 0));
    assert.isUndefined(await check(stranger, nonce, now, 0));
  });

  it('outlive the rotation of the secret, while the old one is on the list', async () => {
    const next = new TextEncoder().encode('the next secret, of thirty-two bytes');
    const nonce = await new NonceIssuer({ policy: 'window', secret }, 'resource-server').issue(now);
    const rotating = new NonceIssuer({ policy: 'window', secret: [next, secret] }, 'resource-server');
    const rotated = new NonceIssuer({ policy: 'window', secret: next }, 'resource-server');
    assert.isDefined(await check(rotating, nonce, now, 0));
    assert.isUndefined(await check(rotated, nonce, now, 0));
    assert.isDefined(await check(rotated, await rotating.issue(now), now, 0));
  });

  it('know under which epoch they are good', async () => {
    const issuer = new NonceIssuer({ policy: 'window', secret }, 'resource-server', { epoch: async () => 'first' });
    assert.deepEqual(await issuer.check(await issuer.issue(now), { nowSeconds: now, clockToleranceSeconds: 0 }), {
      expiresAtSeconds: now + 60, epoch: 'first',
    });
  });

  it('outlive every step of a rotation in a fleet: the new secret last in all lists, then first, then alone', async () => {
    const next = 'the next secret, of thirty-two bytes';
    const steps = [[secret], [secret, next], [next, secret], [next]];
    for (let step = 0; step + 1 < steps.length; step += 1) {
      const before = new NonceIssuer({ policy: 'window', secret: steps[step]! }, 'resource-server');
      const after = new NonceIssuer({ policy: 'window', secret: steps[step + 1]! }, 'resource-server');
      // The last step waits for the nonces of the old secret to die.
      const isLast = step + 2 === steps.length;
      if (!isLast) assert.isDefined(await check(after, await before.issue(now), now, 0), `step ${step}, to a new one`);
      assert.isDefined(await check(before, await after.issue(now), now, 0), `step ${step}, to an old one`);
    }
  });

  it('follow a function for the secrets while the server runs', async () => {
    const next = 'the next secret, of thirty-two bytes';
    let secrets: readonly string[] = [secret];
    let asked = 0;
    const issuer = new NonceIssuer({ policy: 'window', secret: () => (asked += 1, secrets) }, 'resource-server');
    const nonce = await issuer.issue(now);
    secrets = [next, secret];
    assert.isDefined(await check(issuer, nonce, now, 0));
    const renewed = await issuer.issue(now);
    secrets = [next];
    assert.isUndefined(await check(issuer, nonce, now, 0));
    assert.isDefined(await check(issuer, renewed, now, 0));
    assert.isAtLeast(asked, 5);
  });

  it('die with their secret, whatever was checked before', async () => {
    let secrets = [secret];
    const issuer = new NonceIssuer({ policy: 'window', secret: () => secrets }, 'resource-server');
    const nonce = await issuer.issue(now);
    for (let time = 0; time < 2; time += 1) assert.isDefined(await check(issuer, nonce, now, 0));
    secrets = ['another secret of thirty-two bytes or more'];
    assert.isUndefined(await check(issuer, nonce, now, 0));
    secrets.push(secret);
    assert.isDefined(await check(issuer, nonce, now, 0));
  });

  it('die with their epoch and their time, whatever was checked before', async () => {
    let epoch = 'one';
    const issuer = new NonceIssuer({ policy: 'window', secret }, 'resource-server', { epoch: async () => epoch });
    const nonce = await issuer.issue(now);
    for (let time = 0; time < 2; time += 1) assert.isDefined(await check(issuer, nonce, now, 0));
    epoch = 'two';
    assert.isUndefined(await check(issuer, nonce, now, 0));
    epoch = 'one';
    assert.isDefined(await check(issuer, nonce, now + 60, 0));
    assert.isUndefined(await check(issuer, nonce, now + 61, 0));
  });

  it('are not made with a weak secret, even if the function gives it later', async () => {
    let given: string = secret;
    const issuer = new NonceIssuer({ policy: 'window', secret: () => given }, 'resource-server');
    const nonce = await issuer.issue(now);
    given = 'short';
    for (const use of [() => issuer.issue(now), () => check(issuer, nonce, now, 0)]) {
      assert.instanceOf(await use().then(() => undefined, (error: unknown) => error), TypeError);
    }
    assert.throws(() => new NonceIssuer({ policy: 'window', secret: () => 'short' }, 'resource-server'), TypeError, 'secret');
  });

  it('are refused whatever bytes are sent, and never throw', async () => {
    const issuer = new NonceIssuer({ policy: 'window' }, 'resource-server');
    const bytes = fc.uint8Array({ minLength: 0, maxLength: 80 }).map((array) => encodeBase64url(new Uint8Array(array)));
    const forged = fc.uint8Array({ minLength: 48, maxLength: 48 }).map((array) => encodeBase64url(new Uint8Array(array)));
    await fc.assert(fc.asyncProperty(fc.oneof(fc.string(), bytes, forged), async (text) => {
      assert.isUndefined(await check(issuer, text, now, 10));
    }), { numRuns: 500 });
  });

  it('live exactly from issue less tolerance to issue plus lifetime, at any time and for any lifetime', async () => {
    const times = fc.record({
      issued: fc.integer({ min: 0, max: 2 ** 40 }),
      lifetime: fc.integer({ min: 1, max: 86_400 }),
      tolerance: fc.integer({ min: 0, max: 300 }),
      shift: fc.integer({ min: -400, max: 90_000 }),
    });
    await fc.assert(fc.asyncProperty(times, async ({ issued, lifetime, tolerance, shift }) => {
      const issuer = new NonceIssuer({ policy: 'window', secret, lifetimeSeconds: lifetime }, 'resource-server');
      const isAlive = shift >= -tolerance && shift <= lifetime;
      assert.equal((await check(issuer, await issuer.issue(issued), issued + shift, tolerance)) !== undefined, isAlive);
    }), { numRuns: 200 });
  });

  it('are refused when a single character differs', async () => {
    const issuer = new NonceIssuer({ policy: 'window' }, 'resource-server');
    const nonce = await issuer.issue(now);
    for (let index = 0; index < nonce.length; index += 1) {
      const bent = nonce.slice(0, index) + (nonce[index] === 'A' ? 'B' : 'A') + nonce.slice(index + 1);
      assert.isUndefined(await check(issuer, bent, now, 0), `character ${index}`);
    }
    for (const garbage of ['', 'x', `${nonce}A`, nonce.slice(1), '%']) assert.isUndefined(await check(issuer, garbage, now, 0));
  });

  it('die with the memory that the proofs were spent in', async () => {
    let epoch = 'first';
    const issuer = new NonceIssuer({ policy: 'window', secret }, 'resource-server', { epoch: async () => epoch });
    const nonce = await issuer.issue(now);
    assert.isDefined(await check(issuer, nonce, now, 0));
    epoch = 'second';
    assert.isUndefined(await check(issuer, nonce, now, 0));
  });

  it('are due past half their life, or always where each serves once', () => {
    const window = new NonceIssuer({ policy: 'window', lifetimeSeconds: 60 }, 'resource-server');
    const once = new NonceIssuer({ policy: 'single-use', lifetimeSeconds: 60 }, 'resource-server');
    assert.isFalse(window.isDue(now + 30, now));
    assert.isTrue(window.isDue(now + 29, now));
    assert.isTrue(once.isDue(now + 60, now));
  });

  // '60' as environment variables have it: added to a time, it would be a text, and the nonce would live for ever.
  for (const lifetimeSeconds of [0, -1, 86_401, Number.NaN, Infinity, '60', [60]]) {
    it(`cannot live for ${String(lifetimeSeconds)} seconds, given as ${typeof lifetimeSeconds}`, () => {
      const options = { policy: 'window', lifetimeSeconds: lifetimeSeconds as number } as const;
      assert.throws(() => new NonceIssuer(options, 'resource-server'), TypeError, 'nonce.lifetimeSeconds');
    });
  }

  // A number would be a count of zeros, a list of numbers their bytes: nothing is a secret that does not look like one.
  const weak: [string, unknown][] = [
    ['a short text', 'short'], ['a short text in a list', [secret, 'short']], ['an empty list', []], ['31 bytes', filled(31)],
    ['64', 64], ['64 in a list', [secret, 64]], ['a list of bytes', [Array.from(filled(32))]], ['an object', { length: 64 }], ['null', null],
    ['a promise', Promise.resolve(secret)], ['64 zeros', new Uint8Array(64)], ['a buffer of zeros', new ArrayBuffer(64)],
  ];
  for (const [what, given] of weak) {
    it(`cannot be made with ${what} as the secret`, () => {
      for (const each of [given, () => given]) {
        const options = { policy: 'window', secret: each } as ConstructorParameters<typeof NonceIssuer>[0];
        assert.throws(() => new NonceIssuer(options, 'resource-server'), TypeError, 'nonce.secret');
      }
    });
  }

  it('are the same for one secret, however its bytes are held', async () => {
    const bytes = filled(40);
    const held = [bytes, bytes.buffer, new DataView(bytes.buffer), new Uint16Array(bytes.buffer), new Uint8Array([7, ...bytes]).subarray(1)];
    const issuers = held.map((each) => new NonceIssuer({ policy: 'window', secret: each as Uint8Array }, 'resource-server'));
    const nonce = await issuers[0]!.issue(now);
    bytes.fill(0);
    for (const issuer of issuers) assert.isDefined(await check(issuer, nonce, now, 0));
  });
});
