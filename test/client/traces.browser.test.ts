/** What is left of a session where other script, or another page of the origin, may look. */

import { assert } from 'chai';
import { createKeybound } from '../../src/index.ts';
import { beEndlesslyPatient } from '../support/patience.ts';
import { readNotes, readRows, readStored } from './database.ts';
import { api, challenge, login, newName, ok, recorder } from './recorder.ts';

/** What is readable in the database: a CryptoKey shows nothing of itself. */
const stored = async (name: string) => JSON.stringify([await readRows(), await readStored(name), await readNotes(name)]);

const readable = () => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie]);

describe('a session', () => {
  before(() => beEndlesslyPatient());

  it('leaves no token, no proof, no nonce and no key in localStorage, sessionStorage, cookies or anything readable in IndexedDB', async () => {
    const server = recorder(challenge('secret-nonce'), ok('secret-nonce-2'), ok('secret-nonce-3'), () => Response.json({ access_token: 'secret-token', refresh_token: 'secret-refresh' }));
    const before = readable();
    const name = newName();
    const keybound = await createKeybound({ name, fetch: server.fetch, authorizationServers: [login] });
    const fetch = keybound.protect({ origins: [api], accessToken: () => 'secret-token' });
    for (const path of ['/a', '/b']) assert.equal((await fetch(api + path)).status, 200);
    await keybound.fetch(`${login}/token`, { method: 'POST', body: 'refresh_token=secret-refresh' });
    assert.equal(readable(), before);
    const inDatabase = await stored(name);
    assert.include(inDatabase, name, 'the key is there');
    assert.notInclude(inDatabase, 'secret');
    for (const { headers } of server.requests) assert.notInclude(inDatabase, headers.get('DPoP')!.split('.')[2]!);
    assert.notInclude(inDatabase, keybound.publicJwk!.x!);
    await keybound.destroy();
    assert.notInclude(await stored(name), name);
  });
});
