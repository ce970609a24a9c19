import { compareAdapter } from '../lib/compare-adapter.mjs'

export default { name: 'rabbitmq', rows: () => compareAdapter('rabbitmq') }
