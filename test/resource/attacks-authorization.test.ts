/** The attack list's last group: the token endpoint of the authorization server. */

import { assert } from 'chai';
import { createLogin } from '../support/login.ts';
import { tokenRows, tokenTitleOf } from './attacks/authorization-server.ts';

describe('attacks on the token endpoint', () => {
  for (const row of tokenRows) {
    it(tokenTitleOf(row), async () => {
      const answers = await row.play(await createLogin(row.options));
      assert.lengthOf(answers, row.verdict.length);
      for (const [index, { status, error, code }] of row.verdict.entries()) {
        const answer = answers[index]!;
        const body = (await answer.json()) as { error?: string; code?: string };
        assert.deepEqual([answer.status, body.error, body.code], [status, error, code]);
        assert.equal(answer.headers.get('Cache-Control'), 'no-store', 'RFC 6749 §5.1');
        assert.equal(answer.headers.has('DPoP-Nonce'), error === 'use_dpop_nonce', 'RFC 9449 §8');
        assert.equal(answer.headers.has('Retry-After'), status === 503, 'RFC 9110 §10.2.3');
      }
    });
  }
});
