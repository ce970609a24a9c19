// The synchronous chain in a process that has used the same operators for other functions and items before.
import { syncChain } from '../lib/sync-chain.mjs'

export default syncChain('polluted', {
  'RxJS 7': { goal: 6 },
  'Effect 4': { goal: 4 },
  '@most/core': { goal: 2 },
  'for loop': { goal: 1, about: '≤ its time' },
})
