/** Lines 74 to 87: how old the proof is, and which nonce it carries. */

import type { NoncePolicy } from '../../../src/resource-server.ts';
import { NonceIssuer } from '../../../src/verifier/nonce.ts';
import type { Api } from '../../support/api.ts';
import { claims, made } from './bend.ts';
import { allow, badNonce, deny, replayed, type RequestRow, type Verdict } from './row.ts';
import type { ScenarioRow } from './scenario.ts';

export const secret = 'a secret of thirty-two bytes or more';
export const windowPolicy = { policy: 'window', secret, lifetimeSeconds: 60 } as const;
export const singleUsePolicy = { policy: 'single-use', secret, lifetimeSeconds: 60 } as const;

const demanding = { nonce: windowPolicy };
const expired = deny(5, 'proof_expired');
const early = deny(5, 'proof_not_yet_valid');

/** Offsets of `iat` in seconds, by default terms: 60 seconds of age and 10 of tolerance. */
const offsets: readonly (readonly [number, number, string, Verdict])[] = [
  [74, -3600, 'an hour old', expired],
  [75, 3600, 'an hour ahead', early],
  [75, 300, 'five minutes ahead', early],
  [76, 10, 'ten seconds ahead', allow],
  [77, -10, 'ten seconds old', allow],
  [78, -69, 'one second before its last', allow],
  [78, -70, 'in its last second', allow],
  [78, -71, 'one second too old', expired],
  [78, 9, 'one second within the tolerance', allow],
  [78, 11, 'one second too early', early],
];

/** Offsets of `exp` and `nbf`, which a proof need not have: without nonces they count as those of any JWT. */
const ownTimes: readonly (readonly ['exp' | 'nbf', number, string, Verdict])[] = [
  ['exp', -3600, 'an exp an hour ago', expired],
  ['exp', -10, 'an exp ten seconds ago, which is the tolerance', expired],
  ['exp', -9, 'an exp nine seconds ago', allow],
  ['exp', 60, 'an exp in a minute', allow],
  ['nbf', 3600, 'an nbf in an hour', early],
  ['nbf', 11, 'an nbf in eleven seconds', early],
  ['nbf', 10, 'an nbf in ten seconds, which is the tolerance', allow],
  ['nbf', -60, 'an nbf a minute ago', allow],
];

export const freshness: readonly RequestRow[] = [
  ...offsets.map(([line, offset, name, verdict]): RequestRow => ({ line, name: `a proof ${name}`, clause: 'RFC 9449 §4.3 (11), §11.1', send: made(offset), verdict })),
  ...ownTimes.map(([name, offset, text, verdict]): RequestRow => ({
    line: 78, name: `a proof with ${text}`, clause: name === 'exp' ? 'RFC 7519 §4.1.4' : 'RFC 7519 §4.1.5',
    send: ({ clock }) => claims({ [name]: clock.nowSeconds + offset }), verdict,
  })),
  { line: 78, name: 'a nonce that nobody asked for', clause: 'RFC 9449 §4.2', send: { nonce: 'of another server' }, verdict: allow },
  { line: 79, name: 'no nonce, where one is demanded', clause: 'RFC 9449 §9', options: demanding, send: {}, verdict: badNonce },
  { line: 79, name: 'no nonce, where each serves once', clause: 'RFC 9449 §9', options: { nonce: singleUsePolicy }, send: {}, verdict: badNonce },
  { line: 79, name: "no nonce under a thief's key", clause: 'RFC 9449 §9', options: demanding, send: ({ thief }) => ({ proofParts: { key: thief } }), verdict: badNonce },
  { line: 80, name: 'a garbage nonce', clause: 'RFC 9449 §8', options: demanding, send: { nonce: 'garbage' }, verdict: badNonce },
  { line: 80, name: 'an empty nonce', clause: 'RFC 9449 §8', options: demanding, send: { nonce: '' }, verdict: badNonce },
  { line: 80, name: 'a nonce of zeros', clause: 'RFC 9449 §8', options: demanding, send: { nonce: 'A'.repeat(64) }, verdict: badNonce },
  { line: 80, name: 'a nonce of 4000 characters', clause: 'RFC 9449 §8.1', options: demanding, send: { nonce: 'A'.repeat(4000) }, verdict: badNonce },
];

/** A nonce policy, under which a nonce is fetched and something is done with it. */
const withNonce = (play: (api: Api, nonce: string) => Promise<readonly Awaited<ReturnType<Api['send']>>[]>): ScenarioRow['play'] => async (api) => play(api, await api.fetchNonce());

const scenario = (
  line: number,
  [name, clause]: readonly [string, string],
  verdict: readonly Verdict[],
  play: ScenarioRow['play'],
  nonce: NoncePolicy = windowPolicy,
): ScenarioRow => ({ line, name, clause, verdict, play, options: { nonce } });

export const freshnessScenarios: readonly ScenarioRow[] = [
  scenario(81, ['a nonce in its last second, and one second later', 'RFC 9449 §8'], [allow, badNonce], withNonce(async (api, nonce) => {
    api.clock.nowSeconds += 60;
    const last = await api.send({ nonce });
    api.clock.nowSeconds += 1;
    return [last, await api.send({ nonce })];
  })),
  scenario(81, ['a nonce that is an hour old', 'RFC 9449 §8'], [badNonce], withNonce(async (api, nonce) => {
    api.clock.nowSeconds += 3600;
    return [await api.send({ nonce })];
  })),
  scenario(81, ['a nonce of our secret from the future', 'RFC 9449 §8'], [badNonce], async (api) => {
    const nonce = await new NonceIssuer(windowPolicy, 'resource-server', api.options.replayStore).issue(api.clock.nowSeconds + 3600);
    return [await api.send({ nonce })];
  }),
  scenario(80, ['a nonce with one character changed, at every place', 'RFC 9449 §8'], [badNonce], withNonce(async (api, nonce) => {
    const changed = nonce.split('').map((character, at) => nonce.slice(0, at) + (character === 'A' ? 'B' : 'A') + nonce.slice(at + 1));
    const decisions = await Promise.all(changed.map((bent) => api.send({ nonce: bent })));
    return [decisions.find(({ ok }) => ok) ?? decisions[0]!];
  })),
  scenario(82, ['a nonce of the authorization server, under the same secret', 'RFC 9449 §9'], [badNonce], async (api) => {
    const nonce = await new NonceIssuer(windowPolicy, 'authorization-server', api.options.replayStore).issue(api.clock.nowSeconds);
    return [await api.send({ nonce })];
  }),
  scenario(83, ['a nonce under another secret', 'RFC 9449 §8'], [badNonce], withNonce(async (api, nonce) => {
    const other = api.replica({ nonce: { policy: 'window', secret: secret.toUpperCase() } });
    return [await other.verify(await api.request({ nonce }))];
  })),
  scenario(83, ['a nonce of the old secret while it is rotated, and of the new one', 'RFC 9449 §8'], [allow, allow, badNonce], withNonce(async (api, nonce) => {
    const old = await api.request({ nonce });
    const rotated = { ...api, ...api.replica({ nonce: { policy: 'window', secret: [secret.toUpperCase(), secret] } }) };
    const asked = await rotated.verify(await api.request());
    const next = asked.headers.get('DPoP-Nonce')!;
    const later = await api.request({ nonce: next });
    return [await rotated.verify(old), await rotated.verify(later), await api.send({ nonce: next })];
  })),
  scenario(84, ["replica A's nonce at replica B", 'RFC 9449 §8'], [allow], withNonce(async (api, nonce) => [await api.replica().verify(await api.request({ nonce }))])),
  scenario(85, ['a clock that is years behind, and one that is years ahead, each with a good nonce', 'RFC 9449 §11.1'], [allow, allow], withNonce(async (api, nonce) => [
    await api.send({ nonce, ...claims({ iat: 1 }) }),
    await api.send({ nonce, ...claims({ iat: 4_000_000_000 }) }),
  ])),
  scenario(85, ['a good nonce with an exp that is past, and with an nbf to come', 'RFC 7519 §4.1.4, §4.1.5'], [expired, early], withNonce(async (api, nonce) => [
    await api.send({ nonce, ...claims({ exp: api.clock.nowSeconds - 60 }) }),
    await api.send({ nonce, ...claims({ nbf: api.clock.nowSeconds + 60 }) }),
  ])),
  scenario(85, ['a clock years behind with an exp in a minute by it, and one years ahead with an nbf by it', 'RFC 9449 §11.1, RFC 7519 §4.1.4, §4.1.5'], [allow, allow], withNonce(async (api, nonce) => [
    await api.send({ nonce, ...claims({ iat: 1, exp: 61 }) }),
    await api.send({ nonce, ...claims({ iat: 4_000_000_000, nbf: 4_000_000_000 }) }),
  ])),
  scenario(85, ['a clock years behind, or ahead, with an exp before its iat, and with an nbf after it', 'RFC 7519 §4.1.4, §4.1.5'], [expired, early, expired, early], withNonce(async (api, nonce) => [
    await api.send({ nonce, ...claims({ iat: 1000, exp: 990 }) }),
    await api.send({ nonce, ...claims({ iat: 1000, nbf: 1011 }) }),
    await api.send({ nonce, ...claims({ iat: 4_000_000_000, exp: 3_999_999_990 }) }),
    await api.send({ nonce, ...claims({ iat: 4_000_000_000, nbf: 4_000_000_011 }) }),
  ])),
  scenario(86, ['a nonce dropped later', 'RFC 9449 §11.3'], [allow, badNonce], withNonce(async (api, nonce) => [await api.send({ nonce }), await api.send()])),
  scenario(87, ['one window nonce with a new jti', 'RFC 9449 §8'], [allow, allow], withNonce(async (api, nonce) => [await api.send({ nonce }), await api.send({ nonce })])),
  scenario(87, ['a single-use nonce a second time', 'RFC 9449 §8'], [allow, deny(10, 'bad_or_missing_nonce')], withNonce(async (api, nonce) => [await api.send({ nonce }), await api.send({ nonce })]), singleUsePolicy),
  scenario(87, ["a thief's proof with a single-use nonce, and then its owner's", 'RFC 9449 §8'], [deny(8, 'proof_key_not_bound_to_token'), allow], withNonce(async (api, nonce) => [
    await api.send({ nonce, proofParts: { key: api.thief } }),
    await api.send({ nonce }),
  ]), singleUsePolicy),
  scenario(109, ['a spent proof with a nonce that is still good', 'RFC 9449 §11.1'], [allow, replayed], withNonce(async (api, nonce) => {
    const request = await api.request({ nonce });
    return [await api.verify(request), await api.verify(request)];
  })),
];
