/** `keybound/redis`: one memory for a fleet, over the Redis client that is there already. */

export { redisStores, type RedisStores, type RedisStoresOptions } from './redis/redis-stores.ts';
export type { IoRedisClient, NodeRedisClient, RedisClient } from './redis/client.ts';
export type { ReplayStore } from './stores/replay-store.ts';
export type { RevocationSink, RevocationSource, TokenIdentity } from './stores/revocation.ts';
