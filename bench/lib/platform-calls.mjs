// What a process asks of its platform's crypto, counted. It has to be begun before anything else is loaded: modules take the
// functions that they find.
import { syncBuiltinESMExports } from 'node:module';

const node = process.getBuiltinModule('node:crypto');

const SIGNATURES = 'signatures verified';
const HASHES = 'hashes';
const KEYS = 'keys imported';
const MACS = 'keyed hashes';

const isMac = (algorithm) => (algorithm.name ?? algorithm) === 'HMAC';

/** Each function, and what a call of it is counted as. */
const WATCHED = [
  [node, {
    verify: () => SIGNATURES,
    hash: () => HASHES, createHash: () => HASHES,
    createHmac: () => MACS,
    createPublicKey: () => KEYS, createSecretKey: () => KEYS,
  }],
  [SubtleCrypto.prototype, {
    verify: (algorithm) => (isMac(algorithm) ? MACS : SIGNATURES),
    sign: (algorithm) => (isMac(algorithm) ? MACS : 'signed'),
    digest: () => HASHES,
    importKey: () => KEYS,
    exportKey: () => 'keys exported',
    generateKey: () => 'keys made',
  }],
];

const NAMES = [SIGNATURES, HASHES, MACS, KEYS, 'signed', 'keys exported', 'keys made'];

/** Counts from now on. @returns {<Result>(work: () => Promise<Result>) => Promise<Record<string, number>>} tells what a piece of work has asked */
export function watchCalls() {
  let counts = {};
  for (const [owner, names] of WATCHED) {
    for (const [method, nameOf] of Object.entries(names)) {
      const original = owner[method];
      owner[method] = function count(...given) {
        counts[nameOf(...given)] += 1;
        return Reflect.apply(original, this, given);
      };
    }
  }
  syncBuiltinESMExports();
  return async (work) => {
    counts = Object.fromEntries(NAMES.map((name) => [name, 0]));
    await work();
    return counts;
  };
}
