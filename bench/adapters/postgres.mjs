import { compareAdapter } from '../lib/compare-adapter.mjs'

/** Raw with leases does the same work; holding locks in a transaction is what else is done with rows. */
export default { name: 'postgres', rows: () => compareAdapter('postgres', { peers: ['raw', 'raw, rows locked'] }) }
