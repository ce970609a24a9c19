// The synchronous chain where nothing else has run: what a micro-benchmark shows, and real programs never see.
import { syncChain } from '../lib/sync-chain.mjs'

export default syncChain('clean', {
  'RxJS 7': { goal: 6 },
  'Effect 4': { goal: 3.9 },
  '@most/core': { goal: 0.7, about: '≥ 0.7' },
  'for loop': { goal: 1 / 8, about: '≤ 8x its time' },
})
