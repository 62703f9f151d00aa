/** The victim's page: an app with a key, and a dependency that somebody has compromised. */

import { promisifyRequest } from 'idb-keyval';
import { createKeybound } from '../../../src/index.ts';
import { attacks } from './hostile.ts';
import { notesAt } from './notes.ts';

const notes = notesAt(location.origin);
const query = new URLSearchParams(location.search);

addEventListener('unhandledrejection', ({ reason }) => void notes.tell('failed', String(reason)));

const keybound = await createKeybound({ name: 'alice' });
await notes.tell('app', { publicJwk: keybound.publicJwk, persistence: keybound.persistence });

const attack = attacks[query.get('attack') as keyof typeof attacks];
const scene = { pair: await takePair('alice'), notes, ...(await notes.told<{ thief: string; neighbour: string }>('origins')) };
const mount = async () => attack(scene);

if (query.has('at-once')) await mount();
// A window opens at a click only, and hostile script can wait for one.
else document.querySelector('button')!.addEventListener('click', () => void mount());
await notes.tell('armed');

/** The pair's handle, straight out of IndexedDB, past the library. */
async function takePair(name: string): Promise<CryptoKeyPair> {
  const database = await promisifyRequest(indexedDB.open('keybound'));
  return promisifyRequest<CryptoKeyPair>(database.transaction('keys').objectStore('keys').get(name));
}
