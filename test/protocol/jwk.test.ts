import { assert } from 'chai';
import type { ProofAlgorithm } from '../../src/protocol/algorithms.ts';
import { encodeBase64url } from '../../src/protocol/base64url.ts';
import { readPublicJwk, type PublicJwk } from '../../src/protocol/jwk.ts';

// RFC 8037 appendix A.2, RFC 7515 appendix A.3, and a modulus of the given length in bits.
const okp: PublicJwk & { kty: 'OKP' } = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const ec: PublicJwk & { kty: 'EC' } = { kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' };
const rsa: PublicJwk & { kty: 'RSA' } = { kty: 'RSA', n: modulus(2048), e: 'AQAB' };

function modulus(bits: number): string {
  const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xa5);
  bytes[0] = 1 << ((bits - 1) % 8);
  return encodeBase64url(bytes);
}

const bytes = (...values: number[]) => encodeBase64url(Uint8Array.from(values));

describe('public keys in proofs (RFC 7517)', () => {
  for (const [alg, jwk] of [['Ed25519', okp], ['EdDSA', okp], ['ES256', ec], ['RS256', rsa], ['PS256', rsa]] as const) {
    it(`are read for ${alg}`, () => {
      assert.deepEqual(readPublicJwk(jwk, alg), jwk);
    });
  }

  it('are reduced to the members that RFC 7638 §3.2 hashes: what else a client adds is neither used nor kept', () => {
    const more = { alg: 'ES256', kid: 'k', use: 'sig', key_ops: ['verify'], ext: true, x5u: 'https://evil.example', n: 'AQAB' };
    assert.deepEqual(readPublicJwk({ ...more, ...ec }, 'ES256'), ec);
  });

  for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']) {
    for (const value of ['AA', '', null]) {
      it(`are refused with the private member ${member}: ${JSON.stringify(value)} (RFC 9449 §4.3 (7))`, () => {
        assert.isUndefined(readPublicJwk({ ...okp, [member]: value }, 'Ed25519'));
        assert.isUndefined(readPublicJwk({ ...ec, [member]: value }, 'ES256'));
        assert.isUndefined(readPublicJwk({ ...rsa, [member]: value }, 'RS256'));
      });
    }
  }

  for (const value of [undefined, null, '', 'jwk', 1, true, [], [okp], {}]) {
    it(`are not ${JSON.stringify(value) ?? 'absent'}`, () => {
      assert.isUndefined(readPublicJwk(value, 'Ed25519'));
    });
  }

  const misfits: [ProofAlgorithm, string, object][] = [
    ['Ed25519', 'another type', ec],
    ['ES256', 'another type', okp],
    ['RS256', 'another type', ec],
    ['ES256', 'a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['Ed25519', 'the type in lower case', { ...okp, kty: 'okp' }],
    ['Ed25519', 'a key for key agreement', { ...okp, crv: 'X25519' }],
    ['EdDSA', 'Ed448', { ...okp, crv: 'Ed448', x: encodeBase64url(new Uint8Array(57)) }],
    ['ES256', 'another curve', { ...ec, crv: 'P-384' }],
    ['ES256', 'secp256k1', { ...ec, crv: 'secp256k1' }],
    ['ES256', 'no curve', { kty: 'EC', x: ec.x, y: ec.y }],
    ['Ed25519', 'no x', { kty: 'OKP', crv: 'Ed25519' }],
    ['Ed25519', 'x a number', { ...okp, x: 1 }],
    ['Ed25519', 'x an array of text', { ...okp, x: [okp.x] }],
    ['Ed25519', 'x too short', { ...okp, x: okp.x.slice(0, -2) }],
    ['Ed25519', 'x too long', { ...okp, x: encodeBase64url(new Uint8Array(33)) }],
    ['Ed25519', 'x padded', { ...okp, x: `${okp.x}=` }],
    ['Ed25519', 'x with bits left over', { ...okp, x: `${okp.x.slice(0, -1)}p` }],
    ['ES256', 'no y', { kty: 'EC', crv: 'P-256', x: ec.x }],
    ['ES256', 'y too short', { ...ec, y: ec.y.slice(0, -3) }],
    ['ES256', 'x with a leading zero byte too many', { ...ec, x: encodeBase64url(new Uint8Array(33)) }],
    ['RS256', 'no modulus', { kty: 'RSA', e: 'AQAB' }],
    ['RS256', 'no exponent', { kty: 'RSA', n: rsa.n }],
    ['RS256', 'a modulus of 2040 bits', { ...rsa, n: modulus(2040) }],
    ['RS256', 'a modulus of 2047 bits', { ...rsa, n: modulus(2047) }],
    ['PS256', 'a modulus of 8193 bits', { ...rsa, n: modulus(8193) }],
    ['PS256', 'a modulus with a leading zero (RFC 7518 §6.3.1.1)', { ...rsa, n: bytes(0, ...new Uint8Array(256).fill(0xff)) }],
    ['PS256', 'a modulus that is no text', { ...rsa, n: 5 }],
    ['RS256', 'the exponent 1, which signs nothing', { ...rsa, e: bytes(1) }],
    ['RS256', 'the exponent 0', { ...rsa, e: bytes(0) }],
    ['RS256', 'an empty exponent', { ...rsa, e: '' }],
    ['RS256', 'an even exponent', { ...rsa, e: bytes(1, 0, 0) }],
    ['RS256', 'a huge exponent: each verification would be dear', { ...rsa, e: bytes(...new Uint8Array(256).fill(0xff)) }],
    ['RS256', 'an exponent with a leading zero', { ...rsa, e: bytes(0, 1, 0, 1) }],
    ['RS256', 'an exponent that is no text', { ...rsa, e: 65537 }],
  ];
  for (const [alg, why, jwk] of misfits) {
    it(`are refused for ${alg}: ${why}`, () => {
      assert.isUndefined(readPublicJwk(jwk, alg));
    });
  }

  // The coordinates y of the eight points whose order divides eight (RFC 8032 §5.1), and p and p + 1 for 0 and 1.
  const p = 2n ** 255n - 19n;
  const eighth = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
  const smallOrders: [string, bigint][] = [
    ['order 4', 0n], ['order 1', 1n], ['order 2', p - 1n], ['order 8', eighth], ['order 8', p - eighth], ['order 4, y spelled p', p], ['order 1, y spelled p + 1', p + 1n],
  ];
  const littleEndian = (value: bigint) => encodeBase64url(Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn)));

  for (const [what, y] of smallOrders) {
    for (const sign of [0n, 1n]) {
      it(`are refused where the point is of ${what}, ${sign ? 'x odd' : 'x even'}: a signature of its fits every message, or one in eight`, () => {
        const jwk = { ...okp, x: littleEndian(y + (sign << 255n)) };
        for (const alg of ['Ed25519', 'EdDSA'] as const) assert.isUndefined(readPublicJwk(jwk, alg));
      });
    }
  }

  it('may have coordinates beside those', () => {
    for (const y of [2n, 3n, p - 2n, eighth - 1n, eighth + 1n, p + 2n, 1n << 254n]) {
      const jwk = { ...okp, x: littleEndian(y) };
      assert.deepEqual(readPublicJwk(jwk, 'Ed25519'), jwk);
    }
  });

  for (const bits of [2048, 2049, 3071, 4095, 4096, 8192]) {
    it(`may be an RSA modulus of ${bits} bits (RFC 7518 §3.3: 2048 or larger)`, () => {
      assert.isDefined(readPublicJwk({ ...rsa, n: modulus(bits) }, 'PS256'));
    });
  }

  it('are looked for in the value itself, never in what it inherits', () => {
    assert.deepEqual(readPublicJwk(JSON.parse(JSON.stringify({ ...okp }).replace('{', '{"__proto__":{"d":"AA"},')), 'Ed25519'), okp);
    assert.isUndefined(readPublicJwk(JSON.parse(`{"__proto__":${JSON.stringify(okp)}}`), 'Ed25519'));
  });
});
