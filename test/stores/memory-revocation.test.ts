import { assert } from 'chai';
import * as fc from 'fast-check';
import { memoryRevocation, type Revocation, type TokenIdentity } from '../../src/resource-server.ts';
import { revocationKeys } from '../../src/stores/revocation.ts';
import { passSteadily } from '../support/steady-clock.ts';

const start = 1_800_000_000;

function createRevocation(maxEntries = 100) {
  const clock = { nowSeconds: start };
  // Time passes on both clocks; where a test changes one of them, somebody has set it.
  const pass = (seconds: number) => {
    clock.nowSeconds += seconds;
    passSteadily(seconds);
  };
  return { clock, pass, revocation: memoryRevocation({ maxEntries, nowSeconds: () => clock.nowSeconds }) };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => undefined, (error: unknown) => error);
}

const soon = { expiresAtSeconds: start + 300 };
const everything = { iss: 'https://a.example', jti: 'j', sub: 'alice', sid: 's', client_id: 'shop', jkt: 'k'.repeat(43), iat: start };

describe('memory revocation', () => {
  it('knows the tokens that were revoked, by jti', async () => {
    const { revocation } = createRevocation();
    assert.isFalse(await revocation.check({ jti: 'a' }));
    await revocation.revoke({ jti: 'a', ...soon });
    assert.isTrue(await revocation.check({ jti: 'a', sub: 'alice', iat: start + 1000 }));
    assert.isFalse(await revocation.check({ jti: 'b', iat: 0 }));
    assert.isFalse(await revocation.check({ sub: 'a' }));
  });

  for (const name of ['sub', 'sid', 'client_id', 'jkt'] as const) {
    it(`knows all tokens of a ${name} that were issued up to a time (attack 121)`, async () => {
      const { revocation } = createRevocation();
      await revocation.revoke({ [name]: everything[name], notBeforeSeconds: start, ...soon } as unknown as Revocation);
      assert.isTrue(await revocation.check({ ...everything, iat: start - 1000 }));
      assert.isTrue(await revocation.check({ ...everything, iat: start }));
      assert.isFalse(await revocation.check({ ...everything, iat: start + 1 }));
      assert.isFalse(await revocation.check({ ...everything, [name]: 'another' }));
      const { iat: _, ...ageless } = everything;
      assert.isTrue(await revocation.check(ageless), 'a token that does not say its age');
    });
  }

  it('takes the later of two times under one name, in whatever order they come', async () => {
    for (const times of [[start, start + 50], [start + 50, start]]) {
      const { revocation, pass } = createRevocation();
      for (const notBeforeSeconds of times) {
        await revocation.revoke({ sub: 'alice', notBeforeSeconds, expiresAtSeconds: notBeforeSeconds + 300 });
      }
      assert.isTrue(await revocation.check({ sub: 'alice', iat: start + 50 }));
      pass(349 + 300);
      assert.isTrue(await revocation.check({ sub: 'alice', iat: start + 50 }));
    }
  });

  it('keeps the tokens of several issuers apart, where an entry says whose it is', async () => {
    const { revocation } = createRevocation();
    const alice = (iss: string) => ({ iss, sub: 'alice', iat: start });
    await revocation.revoke({ iss: 'https://a.example', sub: 'alice', notBeforeSeconds: start, ...soon });
    assert.isTrue(await revocation.check(alice('https://a.example')));
    assert.isFalse(await revocation.check(alice('https://b.example')));
    await revocation.revoke({ sub: 'alice', notBeforeSeconds: start, ...soon });
    assert.isTrue(await revocation.check(alice('https://b.example')), 'without iss it is everybody');
  });

  it('never takes one name for another, whatever stands in it', () => {
    const identity = fc.record({ iss: fc.option(fc.string(), { nil: undefined }), sub: fc.string(), sid: fc.string() }, { requiredKeys: [] });
    const tricky = fc.constantFrom<TokenIdentity>({ iss: 'a', sub: 'b' }, { iss: 'a:1', sub: 'b' }, { sub: '1:a:b' }, { sub: ':1:a:b' }, { iss: '1:a', sub: 'b' });
    const token = fc.oneof(identity, tricky) as fc.Arbitrary<TokenIdentity>;
    fc.assert(fc.property(token, token, (one, other) => {
      const shared = revocationKeys(one).filter((key) => revocationKeys(other).includes(key));
      for (const name of ['sub', 'sid'] as const) {
        if (one[name] === other[name]) continue;
        assert.isFalse(shared.some((key) => key.startsWith(`${name}:`)), JSON.stringify([one, other]));
      }
    }), { numRuns: 1000 });
  });

  it('remembers beyond exp, for verifiers whose clock is behind, and then forgets', async () => {
    const { pass, revocation } = createRevocation();
    await revocation.revoke({ jti: 'a', ...soon });
    pass(595);
    assert.isTrue(await revocation.check({ jti: 'a' }));
    pass(6);
    assert.isFalse(await revocation.check({ jti: 'a' }));
  });

  it('takes a token twice, and for five minutes one that has long expired: the clock may be wrong by which it has', async () => {
    const { revocation, pass } = createRevocation();
    for (let count = 0; count < 2; count += 1) await revocation.revoke({ jti: 'a', ...soon });
    await revocation.revoke({ jti: 'old', expiresAtSeconds: 1 });
    assert.isTrue(await revocation.check({ jti: 'a' }));
    assert.isTrue(await revocation.check({ jti: 'old' }));
    pass(301);
    assert.isFalse(await revocation.check({ jti: 'old' }));
    assert.isTrue(await revocation.check({ jti: 'a' }));
  });

  it('keeps what came while its clock was ahead, when that is set right (attack: a token lives again after its revocation)', async () => {
    const { revocation, clock, pass } = createRevocation();
    clock.nowSeconds += 3600;
    await revocation.revoke({ jti: 'a', ...soon });
    assert.isTrue(await revocation.check({ jti: 'a' }));
    pass(200);
    clock.nowSeconds -= 3600;
    assert.isTrue(await revocation.check({ jti: 'a' }));
    await revocation.revoke({ jti: 'b', ...soon });
    pass(399);
    assert.isTrue(await revocation.check({ jti: 'a' }), 'to the end, by a clock that is right');
  });

  it('keeps what its clock says is over where only somebody has set that (attack: a token lives again after its revocation)', async () => {
    const { revocation, clock, pass } = createRevocation(3);
    for (const jti of ['a', 'b', 'c']) await revocation.revoke({ jti, ...soon });
    clock.nowSeconds += 86_400;
    pass(120);
    for (const jti of ['a', 'b', 'c']) assert.isTrue(await revocation.check({ jti }));
    assert.instanceOf(await rejection(revocation.revoke({ jti: 'd', ...soon })), Error, 'a full set gives up nothing either');
    clock.nowSeconds -= 86_400;
    for (const jti of ['a', 'b', 'c']) assert.isTrue(await revocation.check({ jti }));
    pass(600);
    await revocation.revoke({ jti: 'd', expiresAtSeconds: clock.nowSeconds });
  });

  it('keeps to the end by its clock what came when that was right, and was then set back', async () => {
    const { revocation, clock, pass } = createRevocation(1);
    await revocation.revoke({ jti: 'a', ...soon });
    clock.nowSeconds -= 3600;
    pass(900);
    assert.instanceOf(await rejection(revocation.revoke({ jti: 'b', ...soon })), Error);
    assert.isTrue(await revocation.check({ jti: 'a' }));
    pass(3600);
    assert.isFalse(await revocation.check({ jti: 'a' }));
    await revocation.revoke({ jti: 'b', ...soon });
  });

  it('rejects when it is full: no revoked token comes back to life', async () => {
    const { clock, pass, revocation } = createRevocation(1);
    await revocation.revoke({ jti: 'a', ...soon });
    assert.instanceOf(await rejection(revocation.revoke({ jti: 'b', ...soon })), Error);
    await revocation.revoke({ jti: 'a', ...soon });
    assert.isTrue(await revocation.check({ jti: 'a' }));
    pass(2 * 3600 + 600);
    await revocation.revoke({ jti: 'b', expiresAtSeconds: clock.nowSeconds });
  });

  it('makes room as entries end, again and again, renewed ones too', async () => {
    const { clock, pass, revocation } = createRevocation(500);
    for (let round = 0; round < 10; round += 1) {
      for (let count = 0; count < 250; count += 1) {
        await revocation.revoke({ jti: `${round} ${count}`, expiresAtSeconds: clock.nowSeconds + (count % 7) * 60 });
        await revocation.revoke({ sub: `user ${count}`, notBeforeSeconds: clock.nowSeconds, expiresAtSeconds: clock.nowSeconds + 60 });
      }
      pass(60);
      assert.isTrue(await revocation.check({ sub: 'user 0', iat: clock.nowSeconds - 60 }));
      pass(7 * 60 + 300 + 60);
    }
  });

  it('forgets what it found due while its clock was set back, when its time comes', async () => {
    const { clock, pass, revocation } = createRevocation(500);
    for (let count = 0; count < 400; count += 1) await revocation.revoke({ jti: `${count}`, ...soon });
    clock.nowSeconds -= 7200;
    pass(3600);
    for (let count = 0; count < 10; count += 1) await revocation.revoke({ jti: `looked at ${count}`, ...soon });
    clock.nowSeconds += 7200;
    pass(3 * 3600);
    for (let count = 0; count < 500; count += 1) await revocation.revoke({ jti: `new ${count}`, expiresAtSeconds: clock.nowSeconds + 60 });
  });

  const mistakes: [string, unknown][] = [
    ['names nothing', soon],
    ['names two things', { jti: 'a', sub: 'b', notBeforeSeconds: 1, ...soon }],
    ['names an empty text', { jti: '', ...soon }],
    ['names a number', { jti: 7, ...soon }],
    ['never ends', { jti: 'a', expiresAtSeconds: Infinity }],
    ['does not say when it ends', { jti: 'a' }],
    ['does not say from when', { sub: 'alice', ...soon }],
    ['says NaN', { sub: 'alice', notBeforeSeconds: Number.NaN, ...soon }],
    ['is from a time in milliseconds', { sub: 'alice', notBeforeSeconds: start * 1000, ...soon }],
    ['ends at a time in milliseconds', { jti: 'a', expiresAtSeconds: start * 1000 }],
    ['has a time as text', { jti: 'a', expiresAtSeconds: String(start + 300) }],
    ['is of a key by no thumbprint (RFC 7638)', { jkt: 'short', notBeforeSeconds: start, ...soon }],
    ['is of a key by a thumbprint in hexadecimal', { jkt: 'ab'.repeat(32), notBeforeSeconds: start, ...soon }],
    ['is of an issuer that is no text', { jti: 'a', iss: 7, ...soon }],
    ['is of an issuer without a name', { jti: 'a', iss: '', ...soon }],
    ['is null', null],
    ['is missing', undefined],
    ['is a text', 'a'],
  ];
  for (const [mistake, revoked] of mistakes) {
    it(`a revocation that ${mistake} is a TypeError, and revokes nothing silently`, async () => {
      const { revocation } = createRevocation();
      const error = await rejection(revocation.revoke(revoked as Revocation));
      assert.instanceOf(error, TypeError);
      assert.match(error.message, /^(A revocation names|revocation)\b/);
    });
  }

  for (const maxEntries of [0, 1.5, Number.NaN]) {
    it(`a cap of ${maxEntries} is a TypeError`, () => {
      assert.throws(() => memoryRevocation({ maxEntries }), TypeError, 'maxEntries');
    });
  }

  it('a clock that is no function is a TypeError at the start', () => {
    assert.throws(() => memoryRevocation({ nowSeconds: 1 as unknown as () => number }), TypeError, 'nowSeconds must be a function');
  });

  it('is what a list of all revocations says, whatever is revoked, ends and is revoked again', async () => {
    const name = fc.constantFrom('jti', 'sub', 'sid', 'client_id');
    const anyValue = fc.constantFrom('a', 'b');
    const issuer = fc.option(fc.constantFrom('https://a.example', 'https://b.example'), { nil: undefined });
    const step = fc.record({ name, value: anyValue, iss: issuer, lifeSeconds: fc.integer({ min: -600, max: 600 }), ageSeconds: fc.nat(50), pauseSeconds: fc.nat(400) });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const { clock, pass, revocation } = createRevocation();
      const all = new Map<string, { notBeforeSeconds: number; endSeconds: number }>();
      for (const each of steps) {
        pass(each.pauseSeconds + 0.001);
        const { nowSeconds } = clock;
        const notBeforeSeconds = each.name === 'jti' ? Infinity : nowSeconds - each.ageSeconds;
        // Nothing ends at the very time that it is asked about: after a half of a second, or a little before.
        const expiresAtSeconds = nowSeconds + each.lifeSeconds + 0.5;
        await revocation.revoke({ [each.name]: each.value, ...(each.iss && { iss: each.iss }), notBeforeSeconds, expiresAtSeconds } as unknown as Revocation);
        const key = [each.name, each.iss, each.value].join();
        const old = all.get(key);
        all.set(key, {
          notBeforeSeconds: Math.max(notBeforeSeconds, old?.notBeforeSeconds ?? 0),
          endSeconds: Math.max(expiresAtSeconds + 300, nowSeconds + 300, old?.endSeconds ?? 0),
        });
        pass(each.pauseSeconds + 0.001);
        for (const of of ['jti', 'sub', 'sid', 'client_id']) {
          for (const [value, iss] of [['a', 'https://a.example'], ['b', undefined]] as const) {
            const iat = nowSeconds - 25;
            const named = [all.get([of, iss, value].join()), all.get([of, undefined, value].join())];
            const isMeant = named.some((its) => its && its.endSeconds > clock.nowSeconds && its.notBeforeSeconds >= iat);
            assert.equal(await revocation.check({ [of]: value, ...(iss && { iss }), iat }), isMeant, `${of} ${value} ${iss}`);
          }
        }
      }
    }));
  });
});
