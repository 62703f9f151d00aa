/** Why the other verifiers decide otherwise: each difference has a name and a clause, or the test fails. */

import type { OtherName } from './verifiers.ts';

/** One reason for which verdicts differ. */
export interface Reason {
  readonly name: string;
  readonly clause: string;
  /** Whether they let through what is refused here, or refuse what passes here. */
  readonly they: 'allow' | 'refuse';
  readonly who: readonly OtherName[];
  /** The rows: a line of the attack list, and what their names begin with. */
  readonly rows: readonly (readonly [line: number, name: string])[];
  /** What that means for whoever uses them. */
  readonly because: string;
}

const library = ['oauth4webapi'] as const;
const hand = ['by hand over jose'] as const;
const both = ['oauth4webapi', 'by hand over jose'] as const;

export const reasons: readonly Reason[] = [
  {
    name: 'caps on sizes', clause: 'RFC 9449 §11.1', they: 'allow', who: both,
    rows: [[18, 'a proof above'], [19, 'a token above'], [46, 'a jti of 257'], [46, 'a jti of 5000']],
    because: 'They leave sizes to the server in front. A jti of any length fills a replay store.',
  },
  {
    name: 'a second token elsewhere', clause: 'RFC 6750 §2', they: 'allow', who: both, rows: [[14, 'a token in the header and in the query']],
    because: 'They read the header only; here a token in a URL is told, because it is in logs by then.',
  },
  {
    name: 'what Headers has made of it', clause: 'RFC 9110 §5.5', they: 'allow', who: both, rows: [[20, 'a line break behind the token']],
    because: 'They take a Request, whose headers were trimmed; here the raw lines are read.',
  },
  { name: 'what stands behind the token', clause: 'RFC 9110 §11.4', they: 'allow', who: hand, rows: [[9, 'three parts']], because: 'split() hides a third part.' },
  { name: 'more than one space', clause: 'RFC 9110 §11.4', they: 'refuse', who: hand, rows: [[7, 'several spaces']], because: 'The grammar says 1*SP, split() says one.' },
  {
    name: 'one spelling of base64url', clause: 'RFC 7515 §2', they: 'allow', who: both, rows: [[24, 'padding'], [24, 'bits left over'], [89, 'a signature with padding']],
    because: 'They decode leniently, so that one proof has many spellings.',
  },
  {
    name: 'members of other key types in a public key', clause: 'RFC 9449 §4.3 (7)', they: 'allow', who: both, rows: [[36, 'a public jwk with p'], [36, 'a public jwk with k']],
    because: 'They refuse d alone. A key that shows any secret member is refused here.',
  },
  {
    name: 'keys of small order', clause: 'RFC 8032 §5.1.7', they: 'allow', who: both, rows: [[39, 'an Ed25519 key of order one'], [39, 'the same point']],
    because: 'They leave it to the platform, and OpenSSL takes them. Anybody signs for such a key, so a token bound to it is a bearer token.',
  },
  { name: 'b64 without crit', clause: 'RFC 7797 §6', they: 'allow', who: both, rows: [[42, 'b64 false without crit']], because: 'They ignore it, as RFC 7515 §4 allows; a proof that asks for another signing input is refused here.' },
  {
    name: 'the type of jti', clause: 'RFC 7519 §4.1.7', they: 'allow', who: hand, rows: [[45, 'jti 1'], [45, 'jti {}'], [45, 'jti null'], [45, 'jti true'], [45, 'jti ["a"]']],
    because: 'jose checks that it is there. A replay store is then asked for an object.',
  },
  { name: 'an empty jti', clause: 'RFC 9449 §4.2', they: 'allow', who: both, rows: [[46, 'an empty jti']], because: 'An identifier of nothing is unique to nobody.' },
  { name: 'the type of nonce', clause: 'RFC 9449 §4.2', they: 'allow', who: both, rows: [[53, 'nonce']], because: 'They do not look at nonces.' },
  {
    name: 'URIs that only browsers forgive', clause: 'RFC 3986 §3', they: 'allow', who: library,
    rows: [[68, 'empty user information'], [69, 'backslashes'], [69, 'a space before'], [69, 'a line break'], [69, 'a tab'], [69, 'missing slashes'], [69, 'a third slash'], [69, 'full-width']],
    because: "It compares what the URL parser makes of them. They are no URIs, and another parser's host may be another one.",
  },
  {
    name: 'a percent sign that escapes nothing', clause: 'RFC 3986 §2.4', they: 'allow', who: both, rows: [[65, 'a percent sign in the path']],
    because: 'They compare it as it stands. Another parser refuses it, or guesses what was meant.',
  },
  {
    name: 'percent-encoding', clause: 'RFC 3986 §6.2.2.2', they: 'refuse', who: library, rows: [[66, 'an escaped letter in htu'], [66, 'an escaped letter in capitals']],
    because: 'The URL parser leaves escapes as they are.',
  },
  {
    name: 'no normalisation', clause: 'RFC 9449 §4.3 (9), RFC 3986 §6.2', they: 'refuse', who: hand,
    rows: [[61, 'a query'], [61, 'a fragment'], [62, 'another query'], [63, 'scheme and host'], [64, 'the default port'], [64, 'an empty port'], [66, 'dot segments in'], [66, 'dot segments above'], [66, 'escaped dot'], [66, 'an escaped letter in htu'], [66, 'an escaped letter in capitals'], [73, 'an empty path in htu']],
    because: 'It compares letter by letter.',
  },
  {
    name: 'Host', clause: 'RFC 9112 §3.2', they: 'allow', who: both, rows: [[70, 'the Host'], [70, 'two Hosts']],
    because: "They trust the request's own URL, which the framework may have made of Host.",
  },
  {
    name: 'behind a proxy', clause: 'RFC 9449 §4.3 (9)', they: 'refuse', who: both, rows: [[72, 'behind a proxy with a prefix'], [72, 'behind a proxy, a bare target'], [72, 'behind a proxy, by a function']],
    because: 'They know no public URL: the caller has to make the Request that the client meant.',
  },
  { name: 'whose host an absolute target names', clause: 'RFC 9112 §3.2.2', they: 'allow', who: both, rows: [[72, 'behind a proxy, an absolute target']], because: 'Likewise; here the public URL stands, not the client\'s word.' },
  {
    name: 'the window of iat', clause: 'RFC 9449 §11.1', they: 'allow', who: library, rows: [[75, 'a proof five minutes ahead'], [78, 'a proof one second too old'], [78, 'a proof one second too early']],
    because: 'It takes 300 seconds either way, always; here 60 of age and 10 of tolerance, unless set otherwise.',
  },
  {
    name: 'nonces', clause: 'RFC 9449 §9', they: 'allow', who: both, rows: [[79, 'no nonce, where one'], [79, 'no nonce, where each'], [80, '']],
    because: 'They neither make nor check nonces.',
  },
  { name: 'the list of proof algorithms', clause: 'RFC 9449 §4.3 (5)', they: 'allow', who: both, rows: [[33, 'ES256, where the server']], because: 'The row sets a list; they were left with theirs, which have ES256.' },
  { name: 'RSA', clause: 'RFC 9449 §4.3 (5)', they: 'refuse', who: hand, rows: [[108, 'an RSA key where RS256'], [108, 'an RSA key where PS256']], because: 'Likewise: its list has no RSA.' },
  { name: 'a name twice in JSON', clause: 'RFC 7519 §4', they: 'allow', who: both, rows: [[89, 'claims that name sub twice']], because: 'JSON.parse takes the last one, another parser the first: one token, two readings.' },
  { name: 'crit in a token', clause: 'RFC 7515 §4.1.11', they: 'allow', who: hand, rows: [[91, 'a token with crit']], because: 'jose understands b64. Here no extension is understood.' },
  {
    name: 'the types of claims', clause: 'RFC 7519 §4.1', they: 'allow', who: both, rows: [[93, 'a list of audiences with a number'], [97, 'a token with scope'], [97, 'a token with sid'], [97, 'a token with an exp beyond']],
    because: 'They look at what they use. 1e999 is Infinity in JavaScript: a token for ever.',
  },
  {
    name: 'the claims of RFC 9068', clause: 'RFC 9068 §2.2', they: 'allow', who: hand, rows: [[97, 'a token without sub'], [97, 'a token without client_id'], [97, 'a token without iat'], [97, 'a token without jti'], [97, 'a token with sub'], [97, 'a token with client_id'], [97, 'a token with jti']],
    because: 'jwtVerify asks for what it is told to ask for. Without jti nothing can be revoked.',
  },
  { name: 'encrypted tokens', clause: 'RFC 9068 §4', they: 'refuse', who: both, rows: [[98, 'an encrypted token']], because: 'They were given no key for any.' },
  { name: 'encryption that is required', clause: 'RFC 9068 §4', they: 'allow', who: both, rows: [[99, 'a signed token']], because: 'They know no such demand.' },
  { name: 'unbound tokens as Bearer', clause: 'RFC 9449 §7.2', they: 'allow', who: library, rows: [[101, 'an unbound token as Bearer, where it is not']], because: 'It takes them unless requireDPoP is set; here the safe way is the default.' },
  { name: 'a cnf that names no key', clause: 'RFC 7800 §3.1', they: 'allow', who: library, rows: [[101, 'a token with cnf {}']], because: 'An empty cnf is no binding there. Here a token that speaks of a binding is not for bearers.' },
  { name: 'Bearer beside DPoP', clause: 'RFC 9449 §7.2', they: 'refuse', who: hand, rows: [[101, 'an unbound token as Bearer, where Bearer is taken']], because: 'It takes DPoP only, and was not told otherwise.' },
];
