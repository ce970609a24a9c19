export { redisCaps, redisStore, type RedisStoreOptions } from './queue/redis-store.ts'
export { redisGateStore, type RedisGateStore, type RedisGateStoreOptions } from './redis-gate-store.ts'
