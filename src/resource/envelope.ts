/** Step 1: what a request carries, before anything in it is read. */

import { normaliseTargetUri } from '../protocol/target-uri.ts';
import type { DenyCode } from './denials.ts';
import { publicUrl } from './public-url.ts';

/**
 * A request as the resource server sees it; a `Request` is one.
 *
 * Raw header lists show duplicates (RFC 9110 §5.3); a `Headers` object has joined them by commas, which are refused as
 * well. `url` is absolute, unless `publicUrl` names the base: then a bare request target will do.
 */
export interface ResourceRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Iterable<[string, string]>;
}

/** The URL that a client called with a request; undefined where it cannot be told, so that the request is refused. */
export type PublicUrlOf = (request: ResourceRequest) => URL | undefined;

/** The two credentials of a request, and what the proof must fit: the URL in its normal form. */
export type Envelope = { readonly accessToken: string; readonly url: string } & (
  | { readonly scheme: 'DPoP'; readonly proof: string }
  | { readonly scheme: 'Bearer' }
);

/** What an envelope is read by. */
export interface EnvelopeLimits {
  readonly bearer: 'refuse' | 'unbound-only';
  readonly maxProofBytes: number;
  readonly maxTokenBytes: number;
  readonly publicUrl: URL | PublicUrlOf | undefined;
}

/**
 * Reads the envelope (RFC 9449 §4.3 (1), §7.1; RFC 6750 §2): one Authorization, one DPoP, one access token.
 *
 * Refused are second headers and comma-joined ones, syntax that is not token68, credentials above the size caps, an
 * access token in the query, and a `Host` that could have bent the URL. Not seen here: a token in a form body.
 */
export function readEnvelope(request: ResourceRequest, limits: EnvelopeLimits): Envelope | DenyCode {
  const { authorization, dpop, host } = readFields(request.headers, ['authorization', 'dpop', 'host']);
  const url = readTarget(request, host, limits.publicUrl)?.normal;
  if (url === undefined) return 'malformed_request';
  if (dpop.length > 1 || !dpop.every((proof) => isProofField(proof, limits.maxProofBytes))) return 'malformed_request';
  if (authorization.length === 0) return dpop.length ? 'malformed_request' : 'missing_credentials';
  const credentials = authorization.length === 1 ? readCredentials(authorization[0]!, limits.maxTokenBytes) : 'malformed_request';
  if (typeof credentials === 'string') return credentials;
  const { scheme, accessToken } = credentials;
  if (scheme === 'Bearer') return limits.bearer === 'refuse' ? 'bearer_downgrade' : { scheme, accessToken, url };
  const [proof] = dpop;
  return proof === undefined ? 'proof_missing' : { scheme, accessToken, proof, url };
}

/** The values of the named fields, in their order; names in lower case. */
export function readFields<Name extends string>(headers: ResourceRequest['headers'], names: readonly Name[]): Record<Name, string[]> {
  const fields = {} as Record<Name, string[]>;
  for (const name of names) fields[name] = [];
  for (const [name, value] of headers) {
    const field = name.toLowerCase() as Name;
    if (names.includes(field)) fields[field].push(value);
  }
  return fields;
}

/** What the client called: as it stands, and in its normal form. */
export interface Target {
  readonly url: string;
  readonly normal: string;
}

/** What the client called; undefined where that is no URL, has a token in its query, or `Host` could have bent it. */
export function readTarget(request: ResourceRequest, host: readonly string[], base: EnvelopeLimits['publicUrl']): Target | undefined {
  if (hasQueryToken(request.url) || host.length > 1 || !host.every(isHost)) return undefined;
  const url = calledUrl(request, base);
  const normal = url === undefined ? undefined : normaliseTargetUri(url);
  return normal === undefined ? undefined : { url: url!, normal };
}

// Without a public URL it is the request's own, which the adapter made without trusting Host.
function calledUrl(request: ResourceRequest, base: EnvelopeLimits['publicUrl']): string | undefined {
  return typeof base === 'function' ? base(request)?.href : base ? publicUrl(base, request.url) : request.url;
}

// RFC 6750 §2.3 lets tokens travel in the query; RFC 9449 doesn't, and they end up in logs.
function hasQueryToken(url: string): boolean {
  return url.includes('?') && new URLSearchParams(url.replace(/^[^?#]*|#.*$/gs, '')).has('access_token');
}

// A server that builds its URL from Host would let `?`, `#` or `/` in it cut off the path (RFC 9112 §3.2).
function isHost(value: string): boolean {
  return /^[\w.~!$&'()*+;=:%[\]-]*$/.test(value);
}

// Visible ASCII without a comma: a list of proofs looks like `proof, proof`. The rest of the syntax is step 2's.
function isProofField(value: string, maxBytes: number): boolean {
  return value.length <= maxBytes && /^[\x21-\x2b\x2d-\x7e]+$/.test(value);
}

const schemes = new Map<string, 'DPoP' | 'Bearer'>([['dpop', 'DPoP'], ['bearer', 'Bearer']]);

// credentials = auth-scheme 1*SP token68 (RFC 9110 §11.4), the scheme in any case.
function readCredentials(field: string, maxTokenBytes: number): DenyCode | { scheme: 'DPoP' | 'Bearer'; accessToken: string } {
  if (field.includes(',')) return 'malformed_request';
  const [, name = ''] = /^([!#$%&'*+.^`|~\w-]+)(?: |$)/.exec(field) ?? [];
  if (!name) return 'malformed_request';
  const scheme = schemes.get(name.toLowerCase());
  if (!scheme) return 'missing_credentials';
  const accessToken = field.slice(name.length).replace(/^ +/, '');
  if (accessToken.length > maxTokenBytes || !/^[\w.~+/-]+=*$/.test(accessToken)) return 'malformed_request';
  return { scheme, accessToken };
}
