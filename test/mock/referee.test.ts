/** The referee watches for as long as a page is open: it remembers a bounded number of things, in a few bytes each. */

import { assert } from 'chai';
import type { Mistake } from '../../src/mock/mistakes.ts';
import { Referee, REMEMBERED, type Watched } from '../../src/mock/referee.ts';

const url = 'https://api.example/orders';

const encode = (value: object) => btoa(JSON.stringify(value)).replaceAll('=', '');

/** A proof that can be read; its signature is nobody's concern here. */
const proofOf = (jti: string, more: object = {}) =>
  [encode({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty: 'EC', x: 'x' } }), encode({ jti: `a jti that is long: ${jti}`, htm: 'GET', htu: url, iat: 1, ...more }), 'AA'].join('.');

const exchange = (proof: string, more: Partial<Watched> = {}): Watched => ({
  server: 'resource-server', code: undefined, algorithms: ['ES256'], nextNonce: null, readable: true,
  request: new Request(url, { headers: { DPoP: proof } }),
  ...more,
});

describe('msw: the referee', () => {
  const codesOf = (mistakes: readonly Mistake[]) => mistakes.map(({ code }) => code);

  it('tells a proof that comes again from another proof with its jti', () => {
    const referee = new Referee(() => {});
    assert.deepEqual(codesOf(referee.watch(exchange(proofOf('1')))), []);
    assert.deepEqual(codesOf(referee.watch(exchange(proofOf('1')))), ['proof_reused']);
    assert.deepEqual(codesOf(referee.watch(exchange(proofOf('1', { iat: 2 })))), ['jti_reused']);
  });

  it('forgets the oldest proofs and nonces, and no others', () => {
    const referee = new Referee(() => {});
    const watch = (index: number) => referee.watch(exchange(proofOf(String(index)), { nextNonce: `nonce ${index}`, server: 'authorization-server' }));
    const useNonce = (index: number) => codesOf(referee.watch(exchange(proofOf(`with nonce ${index}`, { nonce: `nonce ${index}` }))));
    for (let index = 0; index <= REMEMBERED; index += 1) watch(index);
    assert.deepEqual(useNonce(0), [], 'forgotten');
    assert.deepEqual(useNonce(REMEMBERED), ['nonce_of_other_server']);
    assert.deepEqual(codesOf(watch(0)), [], 'forgotten');
    assert.deepEqual(codesOf(watch(REMEMBERED)), ['proof_reused']);
  });

  it('keeps the newest mistakes where nobody takes them', () => {
    const referee = new Referee(() => {});
    for (let index = 0; index <= REMEMBERED; index += 1) referee.blame('bearer_scheme', new Request(`${url}/${index}`));
    const taken = referee.take();
    assert.lengthOf(taken, REMEMBERED);
    assert.equal(taken.at(0)!.request, `GET ${url}/1`);
    assert.equal(taken.at(-1)!.request, `GET ${url}/${REMEMBERED}`);
  });

  it('keeps the newest requests that are to come again', () => {
    const referee = new Referee(() => {});
    for (let index = 0; index <= REMEMBERED; index += 1) {
      const request = new Request(`${url}/${index}`, { headers: { DPoP: proofOf(String(index)) } });
      referee.watch(exchange('', { request, code: 'bad_or_missing_nonce' }));
    }
    const taken = referee.take();
    assert.deepEqual([...new Set(codesOf(taken))], ['nonce_not_used']);
    assert.lengthOf(taken, REMEMBERED);
  });
});
