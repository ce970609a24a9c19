import { compareAdapter } from '../lib/compare-adapter.mjs'

export default { name: 'redis', rows: () => compareAdapter('redis') }
