/** What was seen to go wrong in servers that verify DPoP, and the rows that show that it cannot here. */

/** A failure, and the rows (or tests of other suites) by the beginning of their names. */
export interface KnownFailure {
  readonly failure: string;
  readonly rows: readonly string[];
}

export const knownFailures: readonly KnownFailure[] = [
  { failure: 'finding a proof and remembering it are two operations, so that some of twenty parallel copies pass', rows: ['111: fifty copies at once to two replicas'] },
  { failure: 'a spent proof is forgotten before it expires: it is remembered from now on, while its iat lies ahead', rows: ['112: a proof ten seconds ahead, replayed up to its last second'] },
  { failure: 'a full memory drops what lives, so that filling it makes room for a replay', rows: ['119: two good requests to a memory with room for one'] },
  { failure: 'no memory at all: the same proof is good twice', rows: ['109: the same request twice, nonces none', '110: a request to replica A'] },
  { failure: 'a request is remembered by its jti alone, so that one client can burn the proofs of another', rows: ["116: Alice's jti under another key"] },
  { failure: 'the proof is spent before the token or the key is checked: five hundred invented tokens fill the store', rows: ['115: five hundred proofs with invented tokens', "115: a thief's proof for a stolen token, with the owner's jti"] },
  { failure: 'the store is down, and the caller is told that the token is bad', rows: ['117: a good request, while the replay store is down'] },
  { failure: 'ath is optional, or skipped when a proof was checked before', rows: ['51: ath missing', '88: ath of another token', '115: a proof with a wrong method, then beside another token'] },
  { failure: 'a proof of another time passes, because nobody tested the far future', rows: ['75: a proof an hour ahead', '78: a proof one second too early', '78: a proof one second too old'] },
  { failure: 'an hour-old nonce passes, because the secret is not rotated where it is checked', rows: ['81: a nonce that is an hour old', '81: a nonce in its last second, and one second later'] },
  { failure: 'htm is compared without regard to case', rows: ['56: htm in small letters'] },
  { failure: 'htu is compared letter by letter, or as far as the URL parser goes: query, case, port, escapes', rows: ['61: a query in htu', '63: scheme and host in capitals', '64: the default port in htu', '66: an escaped letter in htu'] },
  { failure: 'the path of htu is compared without regard to case', rows: ['57: the path in another case'] },
  { failure: 'user information in htu is stripped', rows: ['68: user information in htu', '68: empty user information in htu'] },
  { failure: 'an invalid htu, or a private jwk, is an exception and a 500', rows: ['69: a relative reference in htu', '69: nothing in htu', '36: a private jwk'] },
  { failure: 'no list of algorithms', rows: ['33: alg "ES256K"', '31: alg "HS256"'] },
  { failure: 'jti may be a number, an object, or eight kilobytes', rows: ['45: jti 123', '45: jti {}', '46: a jti of 5000 characters'] },
  { failure: 'a bound token passes as Bearer when a good proof comes with it', rows: ['101: a stolen token as Bearer, with its own good proof', '101: a stolen token as Bearer with its own good proof, where Bearer is taken'] },
  { failure: 'a cnf that is no object, that has a certificate only, or a jkt that is no text, counts as no binding', rows: ['101: a token with cnf null as Bearer', '101: a token with cnf {"x5t#S256":"x"} as Bearer', '101: a token with cnf {"jkt":7} as Bearer'] },
  { failure: 'a second Authorization line is dropped unseen, or tested without a proof, so that the test passes for the wrong reason', rows: ['10: two Authorization lines -> 1 malformed_request', '10: two Authorization lines, of which Node keeps one'] },
  { failure: 'the scheme is compared with regard to case', rows: ['5: the scheme as dpop', '5: the scheme as DPOP'] },
  { failure: 'legal spaces behind the scheme are refused', rows: ['7: several spaces after the scheme', '7: spaces and tabs around the values'] },
  { failure: 'tokens in the query are taken', rows: ['12: a token in the query -> 1 malformed_request'] },
  { failure: 'something is fetched before any signature has been checked', rows: ['43: jku, x5u, x5c and kid', "resource server: an issuer's keys behind a URL › are not fetched for a request that fails before its token is read"] },
  { failure: 'an invented kid throws the cached keys away during an outage', rows: ['126: a good request with the key set at hand, then during an outage'] },
  { failure: 'keys of two issuers are mixed up between requests', rows: ["92: one trusted issuer's token signed with another one's key of the same kid"] },
  { failure: 'the token endpoint answers a bad proof with invalid_request', rows: ['131: a code without a proof', '107: the code\'s owner\'s key shown'] },
  { failure: 'the scheme of a challenge is guessed, or a quote in its text breaks it', rows: ['WWW-Authenticate: challenges that are written are read as they were', 'resource server: what a denial looks like › answers a Bearer request in its own scheme'] },
];
