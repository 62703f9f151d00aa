import { assert } from 'chai';
import { findNodeCrypto } from '../../src/crypto/node.ts';
import { platform } from '../../src/crypto/platform.ts';
import type { CryptoPort } from '../../src/crypto/port.ts';
import { webCrypto } from '../../src/crypto/web.ts';
import { decodeBase64url, encodeBase64url } from '../../src/protocol/base64url.ts';
import { utf8 } from '../../src/protocol/bytes.ts';
import type { PublicJwk } from '../../src/protocol/jwk.ts';
import type { ProofAlgorithm } from '../../src/protocol/algorithms.ts';
import { askForKey } from '../support/ask-for-key.ts';

const nodeCrypto = findNodeCrypto();
const isInNode = typeof document === 'undefined';

const generation: Record<ProofAlgorithm, AlgorithmIdentifier & object> = {
  Ed25519: { name: 'Ed25519' },
  EdDSA: { name: 'Ed25519' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as AlgorithmIdentifier & object,
  RS256: rsa('RSASSA-PKCS1-v1_5'),
  PS256: rsa('RSA-PSS'),
};

function rsa(name: string, { modulusLength = 2048, hash = 'SHA-256' } = {}) {
  return { name, modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash, saltLength: 32 };
}

function makePair(algorithm: AlgorithmIdentifier): Promise<CryptoKeyPair> {
  return askForKey(() => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>);
}

async function publicJwk({ publicKey }: CryptoKeyPair): Promise<PublicJwk> {
  const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', publicKey);
  return Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined)) as unknown as PublicJwk;
}

const message = 'signed';

/** The bytes with one bit changed. */
function bend(bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> {
  return bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
}

describe('the crypto port', () => {
  it('is Node’s own crypto in Node, SubtleCrypto elsewhere', () => {
    assert.equal(nodeCrypto !== undefined, isInNode);
    if (!isInNode) assert.equal(platform, webCrypto);
  });

  for (const [name, port] of Object.entries({ SubtleCrypto: webCrypto, ...(nodeCrypto && { 'Node’s crypto': nodeCrypto }) })) {
    describe(`over ${name}`, () => contract(port));
  }

  if (!isInNode) return;

  it('checks one signature on its own thread, and hands a crowd to the thread pool', async () => {
    const pair = await makePair(generation.ES256);
    const signature = new Uint8Array(await crypto.subtle.sign(generation.ES256, pair.privateKey, utf8(message)));
    const key = nodeCrypto!.importCryptoKey('ES256', pair.publicKey)!;
    const check = async () => assert.isTrue(await key.verify(signature, message));
    assert.deepEqual(await pooled(check), [false]);
    assert.deepEqual(await pooled(async () => Promise.all(Array.from({ length: 3 }, check))), [false, false, false]);
    assert.deepEqual(await pooled(async () => Promise.all(Array.from({ length: 4 }, check))), [true, true, true, true]);
    assert.deepEqual(await pooled(check), [false], 'the crowd has gone');
  });
});

/** For each signature that is checked while a function runs, whether the thread pool does it. */
async function pooled(run: () => Promise<unknown>): Promise<boolean[]> {
  const node = process.getBuiltinModule('node:crypto');
  const { verify } = node;
  const seen: boolean[] = [];
  node.verify = ((...given: Parameters<typeof verify>) => {
    seen.push(given.length === 5);
    return verify(...given);
  }) as typeof verify;
  try {
    await run();
  } finally {
    node.verify = verify;
  }
  return seen;
}

function contract(port: CryptoPort): void {
  for (const alg of Object.keys(generation) as ProofAlgorithm[]) {
    it(`verifies ${alg}, and nothing that was changed`, async () => {
      const pair = await makePair(generation[alg]);
      const signature = new Uint8Array(await crypto.subtle.sign(generation[alg], pair.privateKey, utf8(message)));
      const other = await makePair(generation[alg]);
      const keys = [await port.importJwk(alg, await publicJwk(pair)), port.importCryptoKey(alg, pair.publicKey)];
      const changed = bend(signature, 9);
      for (const key of keys) {
        assert.isTrue(await key!.verify(signature, message));
        assert.isFalse(await key!.verify(signature, 'sigmed'));
        assert.isFalse(await key!.verify(changed, message));
        // An empty one is malformed, and asked of nobody.
        for (const length of [1, signature.length - 1]) assert.isFalse(await key!.verify(signature.slice(0, length), message));
        assert.isFalse(await key!.verify(new Uint8Array([...signature, 0]), message));
      }
      assert.isFalse(await (await port.importJwk(alg, await publicJwk(other)))!.verify(signature, message));
    });
  }

  it('says the same of many signatures at once, whatever is wrong with some of them', async () => {
    for (const alg of Object.keys(generation) as ProofAlgorithm[]) {
      const pair = await makePair(generation[alg]);
      const signature = new Uint8Array(await crypto.subtle.sign(generation[alg], pair.privateKey, utf8(message)));
      const given = [signature, bend(signature, 9), signature.slice(0, 1), new Uint8Array([...signature, 0])];
      const key = port.importCryptoKey(alg, pair.publicKey)!;
      const answers = await Promise.all([...given, ...given, ...given].map(async (each) => key.verify(each, message)));
      assert.deepEqual(answers, [0, 1, 2].flatMap(() => [true, false, false, false]), alg);
    }
  });

  it('takes no signature of ES256 in DER: the two numbers stand side by side (RFC 7518 §3.4)', async () => {
    const pair = await makePair(generation.ES256);
    const raw = new Uint8Array(await crypto.subtle.sign(generation.ES256, pair.privateKey, utf8(message)));
    const number = (bytes: Uint8Array) => [2, 33, 0, ...bytes];
    const der = new Uint8Array([0x30, 70, ...number(raw.slice(0, 32)), ...number(raw.slice(32))]);
    assert.isFalse(await (await port.importJwk('ES256', await publicJwk(pair)))!.verify(der, message));
  });

  it('verifies nothing by a point off its curve, be it imported or not (RFC 8725 §3.4)', async () => {
    const pair = await makePair(generation.ES256);
    const jwk = (await publicJwk(pair)) as PublicJwk & { x: string; y: string };
    const signature = new Uint8Array(await crypto.subtle.sign(generation.ES256, pair.privateKey, utf8(message)));
    // WebKitGTK imports such a point; it fits no signature.
    const key = await port.importJwk('ES256', { ...jwk, y: encodeBase64url(bend(decodeBase64url(jwk.y)!, 31)) } as PublicJwk);
    assert.isNotTrue(await key?.verify(signature, message));
  });

  it('takes a key for its own algorithm alone (RFC 8725 §3.1)', async () => {
    const pairs = Object.entries(generation).filter(([alg]) => alg !== 'EdDSA');
    for (const [own, algorithm] of pairs) {
      const { publicKey, privateKey } = await makePair(algorithm);
      for (const alg of Object.keys(generation) as ProofAlgorithm[]) {
        const isOwn = alg === own || (alg === 'EdDSA' && own === 'Ed25519');
        assert.equal(port.importCryptoKey(alg, publicKey) !== undefined, isOwn, `${own} as ${alg}`);
        assert.isUndefined(port.importCryptoKey(alg, privateKey));
      }
    }
  });

  it('leaves RSA keys that are short, or of another hash, and other curves to others (RFC 7518 §3.3)', async () => {
    const short = await makePair(rsa('RSASSA-PKCS1-v1_5', { modulusLength: 1024 }));
    const long = await makePair(rsa('RSASSA-PKCS1-v1_5', { hash: 'SHA-512' }));
    const p384 = await makePair({ name: 'ECDSA', namedCurve: 'P-384' } as AlgorithmIdentifier);
    for (const { publicKey } of [short, long]) assert.isUndefined(port.importCryptoKey('RS256', publicKey));
    assert.isUndefined(port.importCryptoKey('ES256', p384.publicKey));
  });

  it('hashes text as UTF-8 (FIPS 180-4)', async () => {
    assert.equal(await port.hashText('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
    assert.equal(await port.hashText('ü€'), await webCrypto.hashText('ü€'));
  });

  it('keys a hash, and knows it again (RFC 4231 §4.2)', async () => {
    const mac = port.createMac(new Uint8Array(20).fill(0x0b));
    const known = await mac.sign(utf8('Hi There'));
    assert.equal(encodeBase64url(known), 'sDRMYdjbOFNcqK_OrwvxK4gdwgDJgz2nJuk3bC4yz_c');
    assert.isTrue(await mac.verify(known, utf8('Hi There')));
    for (const bent of [bend(known, 0), known.slice(1), new Uint8Array([...known, 0]), new Uint8Array()]) {
      assert.isFalse(await mac.verify(bent, utf8('Hi There')));
    }
    assert.isFalse(await mac.verify(known, utf8('Hi there')));
  });
}
