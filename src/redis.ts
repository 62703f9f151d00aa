/** `keybound/redis`: one memory for a fleet, over the Redis client that is there already. */

export { redisStores, type RedisStores, type RedisStoresOptions } from './redis/redis-stores.ts';
export { RedisStoreError, type RedisStoreErrorCode } from './redis/store-error.ts';
export type { IoRedisClient, NodeRedisClient, NodeRedisCluster, NodeRedisSentinel, RedisClient, RedisCommandReport } from './redis/client.ts';
export type { ReplayStore } from './stores/replay-store.ts';
export type { RevocationFeed } from './stores/revocation-feed.ts';
export type { Revocation, RevocationSink, RevocationSource, TokenIdentity } from './stores/revocation.ts';
