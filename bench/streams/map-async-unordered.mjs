// An async function on every item, 16 at once, results as they come.
import { concurrentWork } from '../lib/concurrent-work.mjs'

export default concurrentWork({
  name: 'mapAsync, 16 at once, as they come',
  work: async (n) => n,
  options: { order: 'completion' },
  goals: {
    '16 await loops': { goal: 1 / 1.2, about: '≤ 1.2x its time' },
    'RxJS 7, mergeMap': { goal: 75 },
    'Effect 4, unordered': { goal: 90 },
  },
})
