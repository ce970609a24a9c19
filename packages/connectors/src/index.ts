export { lmdbTable, type LmdbTable, type LmdbTableOptions, type RowId } from './lmdb-table.ts'
export { openStore, type StoreUrl } from './open-store.ts'
