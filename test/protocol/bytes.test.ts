import { assert } from 'chai';
import { fromUtf8, utf8 } from '../../src/protocol/bytes.ts';

describe('UTF-8 (RFC 7519 §7.2)', () => {
  it('goes there and back, a byte order mark included', () => {
    for (const text of ['', 'a', 'é', '€', '\u{1d11e}', '\ufeff{}']) assert.equal(fromUtf8(utf8(text)), text);
  });

  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80]]) {
    it(`refuses ${bytes.map((byte) => byte.toString(16)).join(' ')}, which is no UTF-8, rather than to replace it`, () => {
      assert.isUndefined(fromUtf8(Uint8Array.from(bytes)));
    });
  }
});
