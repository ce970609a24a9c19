export { postgresCaps, postgresStore, type PostgresStoreOptions } from './postgres-store.ts'
