/** What clients do wrong, in words: the mock servers say what it is and how to mend it. */

/** Words for one mistake. They name no token, no proof and no nonce. */
export interface MistakeWords {
  /** What is wrong. */
  readonly what: string;
  /** How to mend it. */
  readonly mend: string;
  /** The clause that says so. */
  readonly clause: string;
}

const table = {
  token_request_without_proof: {
    what: 'The token request has no DPoP header, so the token cannot be bound to a key.',
    mend: 'Send a proof with every POST to this endpoint: htm is POST, htu the URL of the endpoint, and there is no ath.',
    clause: 'RFC 9449 §5',
  },
  proof_missing: {
    what: 'The access token came without a DPoP header.',
    mend: 'Make a proof for each request and send it in the DPoP header.',
    clause: 'RFC 9449 §7.1',
  },
  bearer_scheme: {
    what: 'The access token was sent as Bearer.',
    mend: 'Write the scheme DPoP before the token in Authorization, and send a proof with it.',
    clause: 'RFC 9449 §7.1',
  },
  proof_reused: {
    what: 'The same proof was sent before.',
    mend: 'Make a new proof for each request, and another for each retry.',
    clause: 'RFC 9449 §7.3, §11.1',
  },
  jti_reused: {
    what: 'The jti is that of another proof.',
    mend: 'Draw a new jti for each proof; crypto.randomUUID() will do.',
    clause: 'RFC 9449 §4.2',
  },
  jti_too_short: {
    what: 'The jti has no room for 96 random bits.',
    mend: 'Use a random jti, neither a counter nor a time; crypto.randomUUID() will do.',
    clause: 'RFC 9449 §4.2',
  },
  htm_in_other_case: {
    what: 'The htm is not the method, letter by letter.',
    mend: 'Write htm as the method goes over the wire: fetch makes GET of get, but leaves patch as it is.',
    clause: 'RFC 9449 §4.3 (8)',
  },
  htm_of_other_method: {
    what: 'The proof is for another method.',
    mend: 'Make the proof for the method that is sent: a proof serves one request.',
    clause: 'RFC 9449 §4.3 (8)',
  },
  htu_with_query: {
    what: 'The htu has a query or a fragment. Keybound ignores both; other servers refuse the proof.',
    mend: 'Leave them out: htu is origin and pathname of the URL.',
    clause: 'RFC 9449 §4.2',
  },
  htu_not_absolute: {
    what: 'The htu is no absolute http or https URL.',
    mend: 'Write the whole URL into htu, scheme and host too: new URL(path, base), then its origin and pathname.',
    clause: 'RFC 9449 §4.2',
  },
  htu_of_other_url: {
    what: 'The proof is for another URL.',
    mend: 'Make the proof for the very URL that is fetched: scheme, host, port and path, a slash at the end too.',
    clause: 'RFC 9449 §4.3 (9)',
  },
  nonce_not_used: {
    what: 'The server demanded a nonce, and the request did not come again with it.',
    mend: 'Where an answer says use_dpop_nonce, take its DPoP-Nonce, make a new proof with that as nonce, and send the request again.',
    clause: 'RFC 9449 §8, §9',
  },
  nonce_stale: {
    what: 'The nonce in the proof is one that the server no longer takes, and the request did not come again with the new one.',
    mend: 'Keep the DPoP-Nonce of every answer, of a 200 too, in place of the last one; where a nonce is refused, try again with the one in that answer.',
    clause: 'RFC 9449 §8.2',
  },
  nonce_of_other_server: {
    what: 'The nonce was given by another server.',
    mend: 'Keep nonces by server: what the authorization server gave is nothing to the API, nor the other way round.',
    clause: 'RFC 9449 §9',
  },
  ath_missing: {
    what: 'The proof has no ath, though an access token was sent.',
    mend: 'Put the base64url of the SHA-256 of the access token into ath.',
    clause: 'RFC 9449 §4.2',
  },
  ath_of_other_token: {
    what: 'The ath is not the hash of the access token that was sent.',
    mend: 'Hash the very text that stands behind DPoP in Authorization, with SHA-256, as base64url without padding; after a refresh, hash the new token.',
    clause: 'RFC 9449 §4.3 (12)',
  },
  ath_without_token: {
    what: 'The proof of the token request has an ath, but the request carries no access token.',
    mend: 'Leave ath out where no access token is sent.',
    clause: 'RFC 9449 §4.2',
  },
  key_of_other_token: {
    what: 'The proof was signed by another key than the one the access token is bound to.',
    mend: 'Keep one key and use it for the token request and for every request with its token; when the key is new, log in again.',
    clause: 'RFC 9449 §4.3 (12)',
  },
  private_key_in_proof: {
    what: 'The jwk in the proof holds a private key. Whoever has seen this proof can sign as this client.',
    mend: 'Export the public key alone (kty, crv, x, and y for P-256), make the private one not extractable, and throw this key away.',
    clause: 'RFC 9449 §4.3 (7)',
  },
  alg_not_of_key: {
    what: 'The alg of the proof does not fit the key in its jwk, or there is no jwk.',
    mend: 'Put the public key into the header as jwk, and the alg that signs with it: ES256 for P-256, Ed25519 or EdDSA for Ed25519.',
    clause: 'RFC 9449 §4.2',
  },
  alg_not_taken: {
    what: 'The alg of the proof is none that this server takes, and no proof with another one followed.',
    mend: 'Choose from algs in the challenge, or dpop_signing_alg_values_supported in the metadata, before the key is made.',
    clause: 'RFC 9449 §5.1, §7.1',
  },
  typ_wrong: {
    what: 'The typ of the proof is not dpop+jwt.',
    mend: 'Write typ: dpop+jwt into the header of the proof.',
    clause: 'RFC 9449 §4.2',
  },
  claims_missing: {
    what: 'The proof lacks jti, htm, htu or iat, or one of its claims has the wrong type.',
    mend: 'Put all four into each proof: jti, htm and htu are strings, iat is a number.',
    clause: 'RFC 9449 §4.2',
  },
  iat_in_milliseconds: {
    what: 'The iat is in milliseconds.',
    mend: 'Write whole seconds since 1970: Math.floor(Date.now() / 1000).',
    clause: 'RFC 7519 §2',
  },
  clock_wrong: {
    what: 'The time of the proof is too far from the time of the server, and no corrected proof followed.',
    mend: 'Make the proof when it is sent, not before; where the device is wrong, correct iat by the Date of the answer.',
    clause: 'RFC 9449 §4.3 (11)',
  },
  bad_signature: {
    what: 'The signature of the proof is wrong.',
    mend: 'Sign the text header.payload by the private half of the jwk; for ES256 the signature is the 64 bytes of r and s, not DER.',
    clause: 'RFC 9449 §4.3 (6)',
  },
  not_a_jwt: {
    what: 'The DPoP header holds no signed JWT.',
    mend: 'Send header.payload.signature there, each part as base64url without padding.',
    clause: 'RFC 9449 §4.3 (2)',
  },
  several_proofs: {
    what: 'There is more than one proof.',
    mend: 'Set the DPoP header, and do not append to it: one request has one proof.',
    clause: 'RFC 9449 §4.3 (1)',
  },
  malformed_proof: {
    what: 'The proof is not well formed.',
    mend: 'Leave out crit and b64, name no member twice, keep jti below 257 characters, and use RSA keys of 2048 bits or more.',
    clause: 'RFC 9449 §4.3',
  },
  proof_without_token: {
    what: 'There is a proof, but no access token.',
    mend: 'Send the access token beside it: Authorization, with the scheme DPoP.',
    clause: 'RFC 9449 §7.1',
  },
  token_in_query: {
    what: 'An access token stands in the URL.',
    mend: 'Send it in Authorization alone: URLs end up in logs.',
    clause: 'RFC 9449 §7.1',
  },
  malformed_request: {
    what: 'The Authorization header is not well formed.',
    mend: 'Send one Authorization header: the scheme DPoP, a space, the access token.',
    clause: 'RFC 9449 §7.1',
  },
  token_of_other_audience: {
    what: 'The access token is of another issuer, or for another API.',
    mend: 'Send each token to the API that it was issued for, and ask for another one for this API.',
    clause: 'RFC 9068 §4',
  },
  token_sent_elsewhere: {
    what: 'An access token of these servers was sent in Authorization to an origin that is none of them.',
    mend: 'Send tokens to a list of origins only, compared whole. Where it is meant, name the origin in otherOrigins.',
    clause: 'RFC 9700 §4.9',
  },
} as const satisfies Record<string, MistakeWords>;

/** The name of a mistake; stable. */
export type MistakeCode = keyof typeof table;

/** The words for every mistake. */
export const mistakes: Readonly<Record<MistakeCode, MistakeWords>> = table;

/** Something that a client did wrong. */
export interface Mistake extends MistakeWords {
  readonly code: MistakeCode;
  /** Method and URL of the request, the URL without its query and the JWTs in its path. */
  readonly request: string;
  /** All of it in one line. It holds no token, no proof and no nonce. */
  readonly message: string;
}

/** The mistake with its words. */
export function describeMistake(code: MistakeCode, { method, url }: { readonly method: string; readonly url: string }): Mistake {
  const { what, mend, clause } = mistakes[code];
  const request = `${method} ${withoutSecrets(url)}`;
  return { code, what, mend, clause, request, message: `keybound/msw: ${request}: ${what} ${mend} (${code}, ${clause})` };
}

/** The mistakes in one text, a line for each kind and request. */
export function describeMistakes(made: readonly Mistake[]): string {
  const times = new Map<string, number>();
  for (const { message } of made) times.set(message, (times.get(message) ?? 0) + 1);
  const lines = [...times].map(([message, count]) => `- ${message.replace('keybound/msw: ', '')}${count > 1 ? `, ${count} times` : ''}`);
  return `keybound/msw: the client made mistakes.\n${lines.join('\n')}`;
}

/** A URL as it may be shown: without its query, and without the JWTs in its path, whose headers begin with a brace. */
export function withoutSecrets(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/e[wy][\w-]{16,}(?:\.[\w-]*){2,}/g, '(JWT)');
}
