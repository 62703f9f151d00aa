import { assert } from 'chai';
import { decodeBase64url, encodeBase64url } from '../../src/protocol/base64url.ts';
import { utf8 } from '../../src/protocol/bytes.ts';

describe('base64url (RFC 7515 §2)', () => {
  it('writes the example of RFC 7515 appendix C, without padding', () => {
    assert.equal(encodeBase64url(Uint8Array.of(3, 236, 255, 224, 193)), 'A-z_4ME');
    assert.deepEqual(decodeBase64url('A-z_4ME'), Uint8Array.of(3, 236, 255, 224, 193));
  });

  // RFC 4648 §10.
  for (const [text, encoded] of [['', ''], ['f', 'Zg'], ['fo', 'Zm8'], ['foo', 'Zm9v'], ['foob', 'Zm9vYg'], ['fooba', 'Zm9vYmE'], ['foobar', 'Zm9vYmFy']] as const) {
    it(`takes '${text}' there and back (RFC 4648 §10)`, () => {
      assert.equal(encodeBase64url(utf8(text)), encoded);
      assert.deepEqual(decodeBase64url(encoded), utf8(text));
    });
  }

  it('takes every byte there and back, from an ArrayBuffer as from a view into one', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    assert.deepEqual(decodeBase64url(encodeBase64url(bytes)), bytes);
    assert.equal(encodeBase64url(bytes.buffer), encodeBase64url(bytes));
    assert.equal(encodeBase64url(bytes.subarray(3, 8)), encodeBase64url(bytes.slice(3, 8)));
  });

  const foreign = ['Zg==', 'Zm8=', 'A+z/4ME', 'Zm 9v', 'Zm9v\n', ' Zm9v', 'Zm9v.', 'Zm9v=', '=', 'Zmév', 'Zm9v\0', 'Zm9\u{1d4cb}'];
  for (const text of [...foreign, 'Z', 'Zm9vY']) {
    it(`refuses ${JSON.stringify(text)}: padding, a foreign character, or an impossible length`, () => {
      assert.isUndefined(decodeBase64url(text));
    });
  }

  it('refuses bits left over that are not zero, so that one value has one spelling', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const accepted = (head: string) => alphabet.split('').filter((last) => decodeBase64url(head + last)).join('');
    assert.equal(accepted('Z'), 'AQgw');
    assert.equal(accepted('Zm'), 'AEIMQUYcgkosw048');
    assert.equal(accepted('Zm9'), alphabet);
  });

  it('reads half a megabyte: a generous limit on tokens must not end in a stack overflow', () => {
    assert.equal(decodeBase64url('Zm9v'.repeat(125_000))?.length, 375_000);
  });

  it('writes 32 KB: more than any header may hold', () => {
    const bytes = new Uint8Array(32_768).fill(7);
    assert.deepEqual(decodeBase64url(encodeBase64url(bytes)), bytes);
  });
});
