/** Tokens that only their issuer can read: it is asked what they mean (RFC 7662). */

import { isText, parseJsonObject, type JsonObject } from '../protocol/json.ts';
import { readNumber } from '../stores/options.ts';
import { startStopwatch } from '../stores/stopwatch.ts';
import { checkEndpoint, fetchText } from './remote-text.ts';

/** What is about to be sent to the introspection endpoint: add to it what shows who asks. */
export interface IntrospectionCall {
  readonly headers: Headers;
  readonly form: URLSearchParams;
}

/** How an issuer is asked about a token. */
export interface IntrospectionOptions {
  /** The issuer's `introspection_endpoint` (RFC 8414): an https URL (loopback may be http). */
  readonly endpoint: URL;
  /**
   * Who asks (RFC 7662 §2.1): a client id with its secret, sent as HTTP Basic (RFC 6749 §2.3.1), or a function that adds
   * something else to the call (a Bearer token, a client assertion).
   */
  readonly authentication:
    | { readonly clientId: string; readonly clientSecret: string }
    | ((call: IntrospectionCall) => void | Promise<void>);
  /**
   * How long an answer is good for more requests with the same token, 0 to 86,400 seconds, but never beyond the token's `exp`:
   * so long a token that is revoked meanwhile is accepted. Default: 0, the issuer is asked on every request.
   */
  readonly cacheSeconds?: number;
  /** How long the issuer may take, 0.001 to 60 seconds, before the answer is 503. Default: 5. */
  readonly timeoutSeconds?: number;
  /**
   * How many calls may be under way at once, 1 to 65,536; beyond that the answer is 503 without a call, so that a flood
   * of made-up tokens does not become the issuer's. Default: 256.
   */
  readonly maxConcurrentCalls?: number;
}

/** What the issuer says of a token. */
export interface IntrospectionAnswer {
  /** What the token says; undefined where it is not active. */
  readonly claims: JsonObject | undefined;
  readonly askedAtSeconds: number;
  /** How long ago it was asked for, whatever is done to the clock meanwhile. */
  readonly ageSeconds: () => number;
}

/** An introspection endpoint, ready for use. */
export interface Introspection {
  readonly cacheSeconds: number;
  /**
   * Asks about a token, anew for each proof. Only copies of one request share the call that is under way: no more than
   * one of them passes the replay store, as the first would have by this answer. Rejects where the endpoint gives no clear
   * answer in time.
   *
   * @param proof what came with the token, its `ath` checked. Without one, as for Bearer, no call is shared.
   */
  ask(accessToken: string, proof?: string): Promise<IntrospectionAnswer>;
}

const maxAnswerBytes = 65_536;

/** @throws TypeError where an option is missing or out of its range. */
export function createIntrospection(
  options: IntrospectionOptions,
  { fetch, nowSeconds }: { readonly fetch: typeof globalThis.fetch | undefined; readonly nowSeconds: () => number },
): Introspection {
  const { endpoint } = options;
  checkEndpoint(endpoint, 'issuers[].introspection.endpoint');
  const of = 'introspection';
  const cacheSeconds = readNumber(options, 'cacheSeconds', { fallback: 0, min: 0, max: 86_400, of });
  const timeoutSeconds = readNumber(options, 'timeoutSeconds', { fallback: 5, min: 0.001, max: 60, of });
  const maxConcurrentCalls = readNumber(options, 'maxConcurrentCalls', { fallback: 256, min: 1, max: 65_536, isWhole: true, of });
  const { href } = endpoint;
  const authenticate = readAuthentication(options.authentication);
  const flights = new Map<string, Promise<IntrospectionAnswer>>();
  let calls = 0;

  async function call(accessToken: string): Promise<IntrospectionAnswer> {
    const time = { askedAtSeconds: nowSeconds(), ageSeconds: startStopwatch(nowSeconds) };
    const headers = new Headers({ accept: 'application/json' });
    const form = new URLSearchParams({ token: accessToken, token_type_hint: 'access_token' });
    await authenticate({ headers, form });
    const init = { method: 'POST', headers, body: form };
    const answer = parseJsonObject(await fetchText(href, init, { fetch, timeoutSeconds, maxBytes: maxAnswerBytes }));
    if (typeof answer?.active !== 'boolean') throw new Error(`${href} did not say whether the token is active`);
    const { active, ...claims } = answer;
    return { claims: active ? claims : undefined, ...time };
  }

  async function callIfThereIsRoom(accessToken: string): Promise<IntrospectionAnswer> {
    if (calls >= maxConcurrentCalls) throw new BusyError(`${href} is being asked ${calls} times already`);
    calls += 1;
    return call(accessToken).finally(() => (calls -= 1));
  }

  function ask(accessToken: string, proof?: string): Promise<IntrospectionAnswer> {
    if (proof === undefined) return callIfThereIsRoom(accessToken);
    const flight = flights.get(proof) ?? callIfThereIsRoom(accessToken).finally(() => flights.delete(proof));
    flights.set(proof, flight);
    return flight;
  }

  return { cacheSeconds, ask };
}

/** Thrown where so many calls are under way that no other is made. */
class BusyError extends Error {
  override readonly name = 'BusyError';
}

function readAuthentication(authentication: IntrospectionOptions['authentication']) {
  if (typeof authentication === 'function') return authentication;
  const { clientId, clientSecret } = authentication ?? {};
  if (!isText(clientId) || !isText(clientSecret)) {
    throw new TypeError('introspection.authentication must be a clientId with its clientSecret, or a function');
  }
  const basic = `Basic ${btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}`;
  return ({ headers }: IntrospectionCall) => headers.set('authorization', basic);
}

// RFC 6749 §2.3.1: both go through the form encoding first, so that a colon or an umlaut survives.
function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
