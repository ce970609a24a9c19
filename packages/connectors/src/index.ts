export { lmdbTable, type LmdbTable, type LmdbTableOptions, type RowId } from './lmdb-table.ts'
export { diskStore, type DiskStoreOptions } from './disk/disk-store.ts'
export { openStore, type StoreUrl } from './open-store.ts'
