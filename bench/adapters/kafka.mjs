import { compareAdapter } from '../lib/compare-adapter.mjs'

export default { name: 'kafka', rows: () => compareAdapter('kafka') }
