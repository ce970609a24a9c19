export { redisRateStore, type RedisRateStore, type RedisRateStoreOptions } from './redis-rate-store.ts'
