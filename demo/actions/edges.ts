/** Where the protection ends: services that don't check proofs, and script in the page. */

import type { Attempt, Entry } from '../exchange.ts';
import { takeHandle, tryToExport, tryToSign } from '../world/hostile-script.ts';
import type { ActionGroup } from '../view/actions.ts';

export const edges: ActionGroup = {
  title: 'At the edges',
  actions: [
    {
      name: 'Legacy validator',
      hint: 'knows no DPoP',
      run: async ({ alice, world }) => void (await alice.getOrders(await alice.liveToken(), world.addresses.legacy)),
    },
    {
      name: 'Export key',
      hint: 'from IndexedDB',
      async run({ alice, recorder, world }) {
        const { persistence, jkt } = alice.keybound;
        const handle = persistence === 'indexeddb' ? await takeHandle(world.keyName) : undefined;
        const exports = handle ? await tryToExport(handle) : [];
        const attempts = handle ? [...exports, await tryToSign(handle)] : [];
        recorder.note(exportEntry(exports, attempts, jkt));
      },
    },
  ],
};

function exportEntry(exports: readonly Attempt[], attempts: readonly Attempt[], jkt: string): Entry {
  const isOut = exports.some(({ refused }) => !refused);
  const code = exports.find(({ refused }) => refused)?.code ?? 'NotFoundError';
  return {
    verdict: isOut ? 'ALLOW' : 'DENY',
    ...(!isOut && { code }),
    judge: 'The browser',
    sender: 'Hostile script',
    request: 'exportKey',
    sentence: exportSentence(isOut, exports.length),
    shown: { kind: 'attempts', attempts, jkt },
  };
}

function exportSentence(isOut: boolean, tried: number): string {
  if (isOut) return 'This browser gave the key out. It should not have.';
  if (tried === 0) return 'This browser keeps no key in IndexedDB here: it lives in memory alone, and there is no handle to take.';
  return 'The bytes cannot be read. Script in the page can still sign, and pass the handle on to another origin: keep it out.';
}
