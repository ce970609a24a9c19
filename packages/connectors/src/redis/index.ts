export { redisGateStore, type RedisGateStore, type RedisGateStoreOptions } from './redis-gate-store.ts'
