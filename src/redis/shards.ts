/** The names of keys: each shard's lie in one hash slot of a cluster, so that one script may use several of them. */

/** Where keys lie. */
export interface Shards {
  readonly count: number;
  /** The shard of something that is claimed: always the same one, and about as often each. */
  shardOf(claimKey: string): number;
  /** A key of one shard, by its name there. */
  key(shard: number, name: string): string;
}

/**
 * Shards under a prefix. Their number is part of where a key lies: all replicas must have the same, and a change forgets
 * what is spent and revoked.
 *
 * @throws TypeError where the number is no integer from 1 to 1024, or the prefix has a brace (it would be the hash tag).
 */
export function createShards(prefix: string, count: number): Shards {
  if (!Number.isInteger(count) || count < 1 || count > 1024) throw new TypeError('shards must be an integer from 1 to 1024');
  if (typeof prefix !== 'string' || /[{}]/.test(prefix)) throw new TypeError('prefix must be text without braces');
  return {
    count,
    shardOf: (claimKey) => (count === 1 ? 0 : fnv1a(claimKey) % count),
    key: (shard, name) => `{${prefix}${shard}}${name}`,
  };
}

// FNV-1a, 32 bits: it only spreads; what it spreads is a SHA-256 already.
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
