/** What an OAuth answer must be. */

import { assert } from 'chai';

/** A refusal: status, `error` and, where there is one, the finer `code`; and never to be stored (RFC 6749 §5.2). */
export async function assertRefused(response: Response, status: number, error: string, code?: string): Promise<void> {
  const body = (await response.json()) as Record<string, unknown>;
  assert.deepEqual([response.status, body.error, code ?? body.code], [status, error, body.code], JSON.stringify(body));
  assert.isString(body.error_description);
  assert.equal(response.headers.get('Cache-Control'), 'no-store');
}
