import { assert } from 'chai';
import { isNonce } from '../../src/protocol/nonce.ts';

describe('nonces (RFC 9449 §8.1)', () => {
  it('hold the characters %x21, %x23-5B and %x5D-7E, and no other', () => {
    const allowed = Array.from({ length: 0x100 }, (_, code) => code).filter((code) => isNonce(String.fromCharCode(code)));
    const expected = Array.from({ length: 0x7e - 0x21 + 1 }, (_, index) => index + 0x21).filter((code) => code !== 0x22 && code !== 0x5c);
    assert.deepEqual(allowed, expected);
  });

  it('have at least one character', () => {
    assert.isFalse(isNonce(''));
  });

  for (const value of ['a b', 'a, b', ' a', 'a\n', 'a"', 'a\\', 'ä', '€']) {
    it(`are not ${JSON.stringify(value)}`, () => {
      assert.isFalse(isNonce(value));
    });
  }
});
