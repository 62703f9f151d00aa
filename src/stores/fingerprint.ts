/** Short names for long keys, which nobody outside can foretell. */

/** 64 bits that stand for a key: two halves, each of 32 bits. */
export interface Fingerprint {
  readonly high: number;
  readonly low: number;
}

const maxKeyLength = 128;

/**
 * A way to take fingerprints that is this process's own: its random numbers never leave it, so that nobody can choose
 * two keys that share a fingerprint. By chance, a new key meets one of n others in n of 2^64 cases.
 *
 * The two halves are multilinear hashes (a random factor for each place of the key, summed modulo 2^32), which are
 * universal: the bound holds for any two keys that were chosen without knowing the factors.
 *
 * The function that it gives throws a RangeError for keys of more than 128 characters.
 */
export function createFingerprints(): (key: string) => Fingerprint {
  const factors = crypto.getRandomValues(new Int32Array(2 * (maxKeyLength + 1)));
  return (key) => {
    const { length } = key;
    if (length > maxKeyLength) throw new RangeError(`A key has at most ${maxKeyLength} characters`);
    let high = Math.imul(factors[2 * maxKeyLength]!, length);
    let low = Math.imul(factors[2 * maxKeyLength + 1]!, length);
    for (let place = 0; place < length; place += 1) {
      const character = key.charCodeAt(place);
      high = (high + Math.imul(factors[2 * place]!, character)) | 0;
      low = (low + Math.imul(factors[2 * place + 1]!, character)) | 0;
    }
    return { high: mix(high), low: mix(low) };
  };
}

// A sum's last bits depend on few bits of the key: this permutation (MurmurHash3's last step) spreads all over all.
function mix(sum: number): number {
  let bits = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
