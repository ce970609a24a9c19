export { lmdbTable, type LmdbTable, type LmdbTableOptions, type RowId } from './lmdb-table.ts'
