/** A service as there are many: it checks the token with an ordinary JWT library, and knows nothing of proofs. */

import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from 'jose';
import { http, HttpResponse, type HttpHandler } from 'msw';
import { markOf, ofAnswer, type Ruling } from '../ruling.ts';
import { api, issuer, legacy } from './addresses.ts';

export function legacyHandler(keys: () => Promise<JSONWebKeySet>, decided: (ruling: Ruling) => void): HttpHandler {
  return http.get(`${legacy}/orders`, async ({ request }) => {
    const response = await answer(request, await keys());
    decided({ server: 'legacy', name: legacy, mark: markOf(request), ...(await ofAnswer(response.clone())) });
    return response;
  });
}

async function answer(request: Request, keys: JSONWebKeySet): Promise<Response> {
  const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.get('Authorization') ?? '') ?? [];
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { issuer, audience: api });
    return HttpResponse.json({ library: 'jose', customer: payload.sub, ignored: 'cnf' });
  } catch (error) {
    const code = error instanceof errors.JOSEError ? error.code : 'invalid_token';
    return HttpResponse.json({ error: code }, { status: 401 });
  }
}
