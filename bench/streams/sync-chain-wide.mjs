// The synchronous chain in a process that has used eight other operators as well.
import { syncChain } from '../lib/sync-chain.mjs'

export default syncChain('wide', {
  'RxJS 7': { goal: 6 },
  'Effect 4': { goal: 5 },
  '@most/core': { goal: 2.5 },
  'for loop': { goal: 1, about: '≤ its time' },
})
