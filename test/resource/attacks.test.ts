/** The attack list, row by row: what is sent, and what must come of it. docs/attacks.md is made of these rows. */

import { assert } from 'chai';
import type { Decision } from '../../src/resource-server.ts';
import { createApi } from '../support/api.ts';
import { requestGroups, scenarioGroups } from './attacks/groups.ts';
import { titleOf, type Verdict } from './attacks/row.ts';

/** The decision, its HTTP answer and the one header that tells the caller why. */
async function assertVerdict(decision: Decision, { step, code, status, header }: Verdict) {
  if (code === 'ALLOW') {
    assert.isTrue(decision.ok, decision.ok ? '' : `${decision.step} ${decision.code}`);
    return;
  }
  if (decision.ok) assert.fail(`ALLOW, not ${step} ${code}`);
  assert.deepEqual([decision.step, decision.code, decision.status], [step, code, status]);
  const response = decision.response();
  const [name, value] = header!.split(/: (.*)/s) as [string, string];
  assert.equal(response.status, status);
  assert.isTrue(response.headers.get(name)?.startsWith(value), `${header}, not ${response.headers.get(name)}`);
  assert.equal(((await response.json()) as { code: string }).code, code);
  if (status === 503) assert.isNull(response.headers.get('WWW-Authenticate'), 'a fault is no verdict on the token');
  else assert.match(response.headers.get('WWW-Authenticate')!, /DPoP [^,]*?(?:error="\w+", error_description="[^"\\]*", )?algs="/, 'RFC 9449 §7.1');
  if (code === 'bad_or_missing_nonce') {
    assert.match(response.headers.get('DPoP-Nonce')!, /^[\w-]+$/, 'RFC 9449 §9');
    assert.equal(response.headers.get('Cache-Control'), 'no-store', 'RFC 9449 §8.2');
  }
}

for (const { title, rows } of requestGroups) {
  describe(title, () => {
    for (const row of rows) {
      it(titleOf(row), async () => {
        const api = await createApi(row.options);
        await assertVerdict(await api.send(typeof row.send === 'function' ? await row.send(api) : row.send), row.verdict);
      });
    }
  });
}

for (const { title, rows } of scenarioGroups) {
  describe(title, () => {
    for (const row of rows) {
      it(titleOf(row), async () => {
        const api = await createApi(row.options);
        const decisions = await row.play(api);
        assert.lengthOf(decisions, row.verdict.length);
        for (const [index, verdict] of row.verdict.entries()) await assertVerdict(decisions[index]!, verdict);
      });
    }
  });
}
