import { assert } from 'chai';
import { digest } from '../../src/crypto/web.ts';
import type { PublicJwk } from '../../src/protocol/jwk.ts';
import { accessTokenHash } from '../../src/protocol/proof.ts';
import { thumbprint } from '../../src/protocol/thumbprint.ts';

describe('JWK thumbprints', () => {
  it('match the vector of RFC 7638 §3.1', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    assert.equal(await thumbprint({ kty: 'RSA', n, e: 'AQAB' }, digest), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('match the vector of RFC 8037 appendix A.3', async () => {
    const jwk: PublicJwk = { crv: 'Ed25519', kty: 'OKP', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    assert.equal(await thumbprint(jwk, digest), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it('match the cnf.jkt of RFC 9449 §6.1, whose key is the one of §4.1', async () => {
    const x = 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs';
    const y = '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA';
    assert.equal(await thumbprint({ kty: 'EC', crv: 'P-256', x, y }, digest), '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
  });

  it('hash the required members alone, in lexicographic order, whatever order they come in (RFC 7638 §3.2)', async () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    const more = { x, use: 'sig', kty: 'OKP', kid: 'k', crv: 'Ed25519', alg: 'EdDSA' } as PublicJwk;
    assert.equal(await thumbprint(more, digest), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });
});

describe('access token hashes', () => {
  it('match the example of RFC 9449 §7.1', async () => {
    const hash = await accessTokenHash('Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU', digest);
    assert.equal(hash, 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo');
  });
});
