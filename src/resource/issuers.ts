/** The authorization servers that are trusted, and where their keys come from. */

import { createLocalJWKSet, type CryptoKey, type JSONWebKeySet, type JWK, type JWSHeaderParameters } from 'jose';
import type { Eventual } from '../protocol/eventual.ts';
import { isJsonObject, isText } from '../protocol/json.ts';
import { readNames, readTexts } from '../stores/options.ts';
import { createIntrospection, type Introspection, type IntrospectionOptions } from './introspection.ts';
import { createRemoteKeys } from './remote-keys.ts';

/**
 * Finds the key for a token header, which nothing vouches for yet; undefined where there is none.
 *
 * A rejection means that nobody can tell at the moment (503), not that the token is bad. What jose's
 * `createRemoteJWKSet` returns is such a function too.
 */
export type KeyResolver = (
  header: JWSHeaderParameters,
) => CryptoKey | JWK | undefined | Promise<CryptoKey | JWK | undefined>;

/** An authorization server whose access tokens are accepted: by its `keys`, by `introspection`, or both. */
export interface TrustedIssuer {
  /** The `iss` of its tokens, compared letter by letter (RFC 9068 §4). */
  readonly issuer: string;
  /** What its tokens call this resource server: one of these names must be in `aud`. */
  readonly audience: string | readonly string[];
  /**
   * Its public keys: a key set, the https URL of one (RFC 8414 `jwks_uri`; loopback may be http), or a function. A URL
   * is fetched when a key is wanted, without redirects, in at most 5 seconds and 512 KiB, refreshed within 10 minutes
   * and for unknown keys, and asked at most every 5 seconds; while it fails, keys not older than a day stay good.
   */
  readonly keys?: JSONWebKeySet | URL | KeyResolver;
  /**
   * Where it is asked about tokens that its keys cannot verify (RFC 7662): all opaque ones, which is why only one issuer
   * may have this; and its JWTs too, where it has no `keys` here.
   */
  readonly introspection?: IntrospectionOptions;
  /** The signature algorithms of its tokens. Default: ES256, EdDSA, Ed25519, RS256 and PS256. */
  readonly algorithms?: readonly string[];
  /**
   * The media types (`typ`) of its tokens, `application/` left out or not; `null` stands for tokens that have none. Default:
   * `at+jwt` (RFC 9068 §2.1). With any other, nothing but `audience` and `requiredClaims` tells its ID tokens apart.
   */
  readonly tokenTypes?: readonly (string | null)[];
  /**
   * The claims that its tokens must have; `iss`, `aud` and `exp` always. Default: those of RFC 9068 §2.2, which adds
   * `sub`, `client_id`, `iat` and `jti`; for introspection no more than `aud` and `exp` (its answer may leave out `iss`).
   */
  readonly requiredClaims?: readonly string[];
}

/** An issuer, ready for use. */
export interface Issuer {
  readonly name: string;
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  readonly tokenTypes: readonly (string | null)[];
  /** What a signed token must have; undefined stands for the default, which depends on how the token is verified. */
  readonly requiredClaims: readonly string[] | undefined;
  /** Where its keys are; undefined where it has to be asked. */
  readonly keySource: KeySource | undefined;
  readonly introspection: Introspection | undefined;
}

/** Where the keys of one issuer come from. Rejects where that does not answer. */
export interface KeySource {
  /** The keys that could have signed a token with this header. */
  find(header: JWSHeaderParameters): Promise<readonly (CryptoKey | JWK)[]>;
  /** Something that stays the same while the keys do. Absent where only `find` can tell. */
  edition?(): Eventual<unknown>;
}

/** All trusted issuers: by their `iss`, and the one that can be asked about tokens which name nobody. */
export interface Issuers {
  readonly byName: ReadonlyMap<string, Issuer>;
  readonly ofOpaqueTokens: Issuer | undefined;
}

/** What an issuer's key source may use. */
export interface KeySourceContext {
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly nowSeconds: () => number;
}

const signatureAlgorithms = [
  'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
];

/**
 * The issuers, ready for use.
 *
 * @throws TypeError where the list is empty, names an issuer twice, an entry is not one, or two have introspection.
 */
export function readIssuers(trusted: readonly TrustedIssuer[], context: KeySourceContext): Issuers {
  if (!Array.isArray(trusted) || trusted.length === 0) throw new TypeError('issuers must name at least one issuer');
  const byName = new Map<string, Issuer>();
  for (const entry of trusted as readonly TrustedIssuer[]) {
    const issuer = readIssuer(entry, context);
    if (byName.has(issuer.name)) throw new TypeError(`issuers names ${issuer.name} twice`);
    byName.set(issuer.name, issuer);
  }
  const [ofOpaqueTokens, ...others] = [...byName.values()].filter(({ introspection }) => introspection);
  // An opaque token does not say whose it is.
  if (others.length) throw new TypeError('Only one of issuers[] may have introspection');
  return { byName, ofOpaqueTokens };
}

function readIssuer(entry: TrustedIssuer, context: KeySourceContext): Issuer {
  if (!isJsonObject(entry)) throw new TypeError('issuers[] must be an object');
  if (!isText(entry.issuer)) throw new TypeError('issuers[].issuer must be text that is not empty');
  const algorithms = readNames(entry.algorithms ?? ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'], 'issuers[].algorithms');
  const unknown = algorithms.find((algorithm) => !signatureAlgorithms.includes(algorithm));
  if (unknown !== undefined) throw new TypeError(`issuers[].algorithms: ${unknown} is no asymmetric signature algorithm`);
  const { keys, introspection } = entry;
  return {
    name: entry.issuer,
    audience: readNames([entry.audience].flat(), 'issuers[].audience'),
    algorithms,
    tokenTypes: readTokenTypes(entry.tokenTypes ?? ['at+jwt']),
    requiredClaims: entry.requiredClaims === undefined ? undefined : readTexts(entry.requiredClaims, 'issuers[].requiredClaims'),
    keySource: keys === undefined && introspection ? undefined : readKeySource(keys, context),
    introspection: introspection && createIntrospection(introspection, context),
  };
}

function readTokenTypes(given: readonly (string | null)[]): readonly (string | null)[] {
  const toName = (type: string | null) => (type === null ? 'null' : type);
  readNames(Array.isArray(given) ? given.map(toName) : given, 'issuers[].tokenTypes');
  return given.map((type) => (type === null ? null : mediaType(type)));
}

/** A media type as tokens spell it: in any case, `application/` left out or not (RFC 7515 §4.1.9). */
export function mediaType(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '');
}

function readKeySource(keys: TrustedIssuer['keys'], context: KeySourceContext): KeySource {
  if (keys instanceof URL) {
    const { resolve, edition } = createRemoteKeys(keys, context);
    return { find: candidates(resolve), edition };
  }
  if (typeof keys === 'function') return { find: candidates(keys) };
  try {
    const find = createLocalJWKSet(keys as JSONWebKeySet);
    if (find.jwks().keys.length === 0) throw new TypeError('The key set is empty');
    return { find: candidates(find), edition: () => find };
  } catch (cause) {
    const wanted = 'a JSON Web Key Set that is not empty, a URL or a function, unless there is introspection';
    throw new TypeError(`issuers[].keys must be ${wanted}`, { cause });
  }
}

// A header without kid may fit several keys: each is tried.
function candidates(resolve: KeyResolver): KeySource['find'] {
  return async (header) => {
    try {
      const key = await resolve(header);
      return key ? [key] : [];
    } catch (error) {
      const { code } = Object(error) as { code?: string };
      if (code === 'ERR_JWKS_NO_MATCHING_KEY') return [];
      if (code !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw error;
      const keys: CryptoKey[] = [];
      for await (const key of error as AsyncIterable<CryptoKey>) keys.push(key);
      return keys;
    }
  };
}
