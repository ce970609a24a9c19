export { rabbitCaps, rabbitStore, type RabbitStoreOptions } from './rabbit-store.ts'
