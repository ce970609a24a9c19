export { natsCaps, natsStore, type NatsStoreOptions } from './nats-store.ts'
