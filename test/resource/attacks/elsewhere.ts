/** Lines of the list that tests without a number prove, by their full names. Tests with one are found by it. */

/** The full name of a test, and the line that it proves. */
export const elsewhere: Readonly<Record<string, number>> = {
  'token endpoint: authorization code › issues tokens that an ordinary JWT library accepts without a word of DPoP': 125,
  'resource server: CORS › answers a preflight: DPoP may be sent, and the answer is remembered': 127,
  'redis stores over node-redis, against a real server › accepts nothing under the epoch from before a flush, though that is what it knows': 113,
  'redis stores over ioredis, against a real server › accepts nothing under the epoch from before a flush, though that is what it knows': 113,
  'resource server: encrypted access tokens (RFC 7519 §5.2, RFC 9068 §4) › cannot be read by an ordinary JWT library without the key': 125,
  "resource server: an issuer's keys behind a URL › are not fetched for a request that fails before its token is read": 43,
  "resource server: an issuer's keys behind a URL › an invented key id during an outage leaves honest tokens alone": 126,
};
