// How long an item is on its way through 1 edge that is empty.
import { latency } from '../lib/latency.mjs'

export default latency(1)
