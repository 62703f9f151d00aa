/** The attack rows, read by two other verifiers: wherever they decide otherwise, the reason has a name and a clause. */

import { assert } from 'chai';
import { createApi, type Api, type ApiRequest } from '../support/api.ts';
import { requestGroups } from '../resource/attacks/groups.ts';
import { titleOf, type RequestRow } from '../resource/attacks/row.ts';
import { reasons, type Reason } from './reasons.ts';
import { otherVerifiers, type OtherName } from './verifiers.ts';

const names = Object.keys(otherVerifiers) as OtherName[];
const used = new Set<string>();

/** Whether the other one lets the request pass. What no Request can hold never gets there. */
async function passes(name: OtherName, { method, url, headers }: ApiRequest, api: Api): Promise<boolean> {
  try {
    const fields = new Headers();
    for (const [field, value] of headers) fields.append(field, value);
    await otherVerifiers[name](new Request(url, { method, headers: fields }), api);
    return true;
  } catch {
    return false;
  }
}

function reasonsFor(row: RequestRow, name: OtherName, they: Reason['they']): Reason[] {
  return reasons.filter((reason) => reason.they === they && reason.who.includes(name) && reason.rows.some((entry) => {
    const fits = entry[0] === row.line && row.name.startsWith(entry[1]);
    if (fits) used.add(`${reason.name} ${name} ${entry.join(' ')}`);
    return fits;
  }));
}

describe('the same requests before other verifiers', () => {
  for (const { rows } of requestGroups) {
    for (const row of rows) {
      it(`${titleOf(row)}: who decides otherwise has a named reason`, async () => {
        const api = await createApi(row.options);
        const request = await api.request(typeof row.send === 'function' ? await row.send(api) : row.send);
        const passesHere = row.verdict.code === 'ALLOW';
        for (const name of names) {
          if ((await passes(name, request, api)) === passesHere) continue;
          const they = passesHere ? 'refuse' : 'allow';
          assert.lengthOf(reasonsFor(row, name, they), 1, `${name} would ${they} it`);
        }
      });
    }
  }

  it('no reason is left without a difference', () => {
    const listed = reasons.flatMap(({ name, who, rows }) => who.flatMap((other) => rows.map((entry) => `${name} ${other} ${entry.join(' ')}`)));
    assert.deepEqual(listed.filter((entry) => !used.has(entry)), []);
  });

  it('a spent proof: neither of them remembers it, the caller must (RFC 9449 §11.1)', async () => {
    for (const name of names) {
      const api = await createApi();
      const request = await api.request();
      assert.isTrue(await passes(name, request, api), name);
      assert.isTrue(await passes(name, request, api), name);
    }
  });

  it('a revoked token: neither of them asks (RFC 7009)', async () => {
    for (const name of names) {
      const api = await createApi({ revocation: { check: async () => true } });
      assert.isTrue(await passes(name, await api.request(), api), name);
    }
  });
});
