import { compareAdapter } from '../lib/compare-adapter.mjs'

export default { name: 'nats', rows: () => compareAdapter('nats') }
