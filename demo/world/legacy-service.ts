/** A service as there are many: it checks the token with an ordinary JWT library, and knows nothing of proofs. */

import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { Addresses } from './addresses.ts';

/** Its answer to GET /orders with an `Authorization` header. */
export async function answerLegacy(authorization: string | null, keys: JWTVerifyGetKey, { issuer, api }: Addresses): Promise<Response> {
  const [, token = ''] = /^Bearer (.+)$/.exec(authorization ?? '') ?? [];
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience: api });
    return Response.json({ library: 'jose', customer: payload.sub, ignored: 'cnf' });
  } catch (error) {
    const code = error instanceof errors.JOSEError ? error.code : 'invalid_token';
    return Response.json({ error: code }, { status: 401 });
  }
}
