/** Short names for long keys, which nobody outside can foretell. */

/** 64 bits that stand for a key: two halves, each a signed integer of 32 bits. */
export interface Fingerprint {
  readonly high: number;
  readonly low: number;
}

const maxKeyLength = 128;
const characterCount = 128;
// As much as the platform gives at once (Web Cryptography §10.1.1).
const maxRandomBytes = 65_536;

/**
 * A way to take fingerprints that is this process's own: its random numbers never leave it, so that nobody can choose
 * two keys that share a fingerprint. By chance, a new key meets one of n others in n of 2^64 cases.
 *
 * It is tabulation hashing: 64 random bits for each character at each place, combined by exclusive or. Any two keys
 * differ in a place, and what stands for it there is random: the bound holds for any keys that were chosen without
 * knowing the numbers.
 *
 * The function that it gives throws a RangeError for keys that are not ASCII, or have more than 128 characters.
 */
export function createFingerprints(): (key: string) => Fingerprint {
  const table = randomIntegers(2 * characterCount * maxKeyLength);
  return (key) => {
    const { length } = key;
    if (length > maxKeyLength) throw new RangeError(`A key has at most ${maxKeyLength} characters`);
    let high = 0;
    let low = 0;
    let bits = 0;
    let place = 0;
    // Four at a time, which takes three quarters of the time that one at a time takes.
    for (; place + 3 < length; place += 4) {
      const one = key.charCodeAt(place);
      const two = key.charCodeAt(place + 1);
      const three = key.charCodeAt(place + 2);
      const four = key.charCodeAt(place + 3);
      bits |= one | two | three | four;
      const first = entryOf(place, one);
      const second = entryOf(place + 1, two);
      const third = entryOf(place + 2, three);
      const fourth = entryOf(place + 3, four);
      high ^= table[first]! ^ table[second]! ^ table[third]! ^ table[fourth]!;
      low ^= table[first + 1]! ^ table[second + 1]! ^ table[third + 1]! ^ table[fourth + 1]!;
    }
    for (; place < length; place += 1) {
      const character = key.charCodeAt(place);
      bits |= character;
      const entry = entryOf(place, character);
      high ^= table[entry]!;
      low ^= table[entry + 1]!;
    }
    if (bits >= characterCount) throw new RangeError('A key is ASCII');
    return { high, low };
  };
}

// Any other character than those of ASCII finds an entry, too: the key is refused, whatever comes of it.
function entryOf(place: number, character: number): number {
  return 2 * (characterCount * place + (character & (characterCount - 1)));
}

function randomIntegers(count: number): Int32Array {
  const integers = new Int32Array(count);
  const step = maxRandomBytes / Int32Array.BYTES_PER_ELEMENT;
  for (let from = 0; from < count; from += step) crypto.getRandomValues(integers.subarray(from, from + step));
  return integers;
}
