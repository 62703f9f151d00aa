/** Servers that are one function from Request to Response: Workers, Deno, Bun, service workers. */

import type { AllowDecision } from '../resource/decision.ts';
import { refuseFormTokenOf, type FormTokenOptions } from '../resource/form-token.ts';
import type { ResourceServer } from '../resource/verify.ts';

/** A Request that was allowed, with who calls. */
export type GuardedRequest = Request & { readonly keybound: AllowDecision };

/** Answers a request that was allowed. `rest` is what the platform passes beside it (`env` and `ctx` of Workers). */
export type GuardedHandler<Rest extends unknown[]> = (request: GuardedRequest, ...rest: Rest) => Response | Promise<Response>;

/**
 * Lets through to `handler` what the resource server allows (RFC 9449 §7), with `request.keybound`: claims, key, scheme.
 *
 * The nonce that is due, and the `Cache-Control: no-store` that belongs to it, are put onto the handler's answer. A
 * denied request is answered at once. An `access_token` in a form is refused (RFC 6750 §2.2), where the form has no more
 * than 64 KiB. Behind a proxy, or where the platform makes `request.url` of the `Host` header, give the resource server
 * its `publicUrl`. Not checked: scopes, and what the user may do; preflights are for `createCors`, before this.
 */
export function guardFetch<Rest extends unknown[]>(
  resourceServer: ResourceServer,
  handler: GuardedHandler<Rest>,
  options: FormTokenOptions = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  return async (request, ...rest) => {
    const decision = await resourceServer.verify(request);
    if (!decision.ok) return decision.response();
    const denial = await refuseFormTokenOf(request, options);
    const response = denial?.response() ?? (await handler(Object.assign(request, { keybound: decision }), ...rest));
    return withHeaders(response, decision.headers);
  };
}

// Made anew, because the headers of a Response that was fetched cannot be changed.
function withHeaders(response: Response, due: Headers): Response {
  if ([...due].length === 0) return response;
  const answer = new Response(response.body, response);
  due.forEach((value, name) => answer.headers.set(name, value));
  return answer;
}
