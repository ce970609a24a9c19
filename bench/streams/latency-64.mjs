// How long an item is on its way through 64 edges that are empty.
import { latency } from '../lib/latency.mjs'

export default latency(64)
