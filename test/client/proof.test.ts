import { assert } from 'chai';
import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose';
import { createKeybound, createProof, createSigner, SignerError, type Keybound, type Signer } from '../../src/index.ts';
import { digest } from '../../src/crypto/web.ts';
import { decodeBase64url } from '../../src/protocol/base64url.ts';
import { accessTokenHash } from '../../src/protocol/proof.ts';
import { count } from '../support/crypto-calls.ts';
import { newName, readProof, rejection } from './recorder.ts';

const url = 'https://api.example.com/orders';

describe('proofs by Keybound, read by another library (jose)', () => {
  const kinds = [
    { algorithms: undefined, alg: 'Ed25519', header: 'Ed25519', members: ['kty', 'crv', 'x'] },
    { algorithms: ['Ed25519'], alg: 'Ed25519', header: 'Ed25519', members: ['kty', 'crv', 'x'] },
    { algorithms: ['EdDSA'], alg: 'Ed25519', header: 'EdDSA', members: ['kty', 'crv', 'x'] },
    { algorithms: ['ES256', 'EdDSA', 'RS256'], alg: 'Ed25519', header: 'EdDSA', members: ['kty', 'crv', 'x'] },
    { algorithms: ['EdDSA', 'Ed25519'], alg: 'Ed25519', header: 'Ed25519', members: ['kty', 'crv', 'x'] },
    { algorithms: ['PS256', 'ES256', 'constructor'], alg: 'ES256', header: 'ES256', members: ['kty', 'crv', 'x', 'y'] },
  ];
  for (const { algorithms, alg, header: spelled, members } of kinds) {
    describe(`where servers accept ${algorithms?.join(', ') ?? 'what nobody says'}`, () => {
      let keybound: Keybound;

      before(async () => {
        keybound = await createKeybound({ name: newName(), ...(algorithms && { algorithms }) });
      });

      after(() => keybound.close());

      it(`name their algorithm ${spelled} and show the required members of the key alone (RFC 9449 §4.2)`, async () => {
        const { header } = await readProof(await keybound.proof({ method: 'GET', url }));
        assert.equal(keybound.alg, alg);
        assert.hasAllKeys(header, ['typ', 'alg', 'jwk']);
        assert.equal(header.typ, 'dpop+jwt');
        assert.equal(header.alg, spelled);
        assert.hasAllKeys(header.jwk, members);
        assert.deepEqual(header.jwk, JSON.parse(JSON.stringify(keybound.publicJwk)));
      });

      it('are signed by the key whose thumbprint Keybound tells (RFC 7638)', async () => {
        assert.equal(keybound.jkt, await calculateJwkThumbprint(keybound.publicJwk as JWK));
        const publicKey = await importJWK(keybound.publicJwk as JWK, spelled);
        await compactVerify(await keybound.proof({ method: 'GET', url }), publicKey);
      });
    });
  }

  it('claim what they are for and no more: method, URL, time, an identifier', async () => {
    const keybound = await createKeybound({ name: newName() });
    const before = Math.floor(Date.now() / 1000);
    const { claims } = await readProof(await keybound.proof({ method: 'GET', url }));
    const after = Math.floor(Date.now() / 1000);
    assert.hasAllKeys(claims, ['jti', 'htm', 'htu', 'iat']);
    assert.deepInclude(claims, { htm: 'GET', htu: url });
    assert.isTrue(Number.isInteger(claims.iat) && claims.iat! >= before && claims.iat! <= after, 'whole seconds, never ahead');
    keybound.close();
  });

  it('hash the token and repeat the nonce (RFC 9449 §7.1, §8)', async () => {
    const signer = await createSigner();
    const accessToken = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
    const { claims } = await readProof(await createProof(signer, { method: 'GET', url, accessToken, nonce: 'eyJ7S_zG.eyJH0-Z' }));
    assert.equal(claims.ath, 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo');
    assert.equal(claims.nonce, 'eyJ7S_zG.eyJH0-Z');
  });

  it('hold no ath where there is no token, an empty one included', async () => {
    const signer = await createSigner();
    for (const accessToken of [undefined, '']) {
      assert.notProperty((await readProof(await createProof(signer, { method: 'GET', url, accessToken }))).claims, 'ath');
    }
  });

  it('name the method letter by letter and the URL without query and fragment (RFC 9449 §4.2, RFC 9110 §9.1)', async () => {
    const signer = await createSigner();
    for (const [method, asked, htu] of [
      ['patch', 'https://api.example.com?a=b', 'https://api.example.com/'],
      ['GeT', new URL('https://API.example.com:443/a/../b%2F?q#f'), 'https://api.example.com/b%2F'],
    ] as const) {
      assert.deepInclude((await readProof(await createProof(signer, { method, url: asked }))).claims, { htm: method, htu });
    }
  });

  it('are for what is asked for now, whatever was asked for before (RFC 9449 §4.3 (9))', async () => {
    const signer = await createSigner();
    const changed = new URL(url);
    const proven = async (asked: string | URL) => (await readProof(await createProof(signer, { method: 'GET', url: asked }))).claims.htu;
    assert.deepEqual([await proven(url), await proven(`${url}/1`), await proven(url), await proven(url)], [url, `${url}/1`, url, url]);
    assert.equal(await proven(changed), url);
    changed.pathname = '/invoices';
    assert.equal(await proven(changed), 'https://api.example.com/invoices');
  });

  it('each have an identifier of their own, of 96 random bits or more (RFC 9449 §4.2)', async () => {
    const signer = await createSigner();
    const proofs = await Promise.all(Array.from({ length: 200 }, () => createProof(signer, { method: 'GET', url })));
    const ids = await Promise.all(proofs.map(async (proof) => (await readProof(proof)).claims.jti!));
    assert.equal(new Set(ids).size, 200);
    // 144 of them here: each must be seen as 0 and as 1.
    const numbers = ids.map((id) => BigInt(`0x${[...decodeBase64url(id)!].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`));
    const [ones, zeros] = [numbers.reduce((all, number) => all | number), ~numbers.reduce((all, number) => all & number)];
    const varied = (ones & zeros & ((1n << 144n) - 1n)).toString(2).replaceAll('0', '').length;
    assert.equal(varied, 144);
  });

  it('need an absolute URL: misuse is a TypeError', async () => {
    const signer = await createSigner();
    for (const bad of ['/orders', '', 'api.example.com']) assert.instanceOf(await rejection(createProof(signer, { method: 'GET', url: bad })), TypeError, bad);
  });

  for (const algorithms of [[], ['RS256'], ['none', 'HS256'], ['ed25519'], ['__proto__', 'constructor', 'toString']]) {
    it(`cannot be had where servers accept [${algorithms.join()}]: KeyboundError no-algorithm`, async () => {
      for (const refused of [createSigner({ algorithms }), createKeybound({ name: newName(), algorithms })]) {
        const error = await rejection(refused);
        assert.deepInclude(error, { name: 'KeyboundError', code: 'no-algorithm' });
      }
    });
  }
});

describe('signers that live elsewhere', () => {
  it('are asked for a proof, never for a signature over bytes, and told of the abort', async () => {
    const asked: unknown[] = [];
    const signer: Pick<Signer, 'proof'> = {
      proof: async (...request) => {
        asked.push(...request);
        return 'a.b.c';
      },
    };
    const { signal } = new AbortController();
    assert.equal(await createProof(signer, { method: 'GET', url: `${url}?q`, nonce: 'n' }, { signal }), 'a.b.c');
    assert.deepEqual(asked, [{ htm: 'GET', htu: url, ath: undefined, nonce: 'n' }, { signal }]);
  });

  it('pass their own errors on', async () => {
    const error = new SignerError('rate');
    const signer = { proof: () => Promise.reject(error) };
    assert.equal(await rejection(createProof(signer, { method: 'GET', url })), error);
  });

  it('are made without an extractable key', async () => {
    for (const member of Object.values(await createSigner())) assert.notInstanceOf(member, CryptoKey);
  });

  it('hash a token once, however many requests it serves, and the next one anew (RFC 9449 §4.2)', async () => {
    const signer = await createSigner();
    const prove = async (accessToken: string) => (await readProof(await createProof(signer, { method: 'GET', url, accessToken }))).claims;
    const hashes: unknown[] = [];
    const digests = await count('digest', async () => {
      for (const token of ['first', 'first', 'second', 'second', 'first']) hashes.push((await prove(token)).ath);
    });
    assert.equal(digests, 3);
    assert.deepEqual(hashes, await Promise.all(['first', 'first', 'second', 'second', 'first'].map((token) => accessTokenHash(token, digest))));
  });
});
