// A function that only might be async, 16 at once: what does a result cost that is there at once? The loops await it anyway.
import { concurrentWork } from '../lib/concurrent-work.mjs'

export default concurrentWork({
  name: 'mapAsync, 16 at once, plain results',
  work: (n) => n,
  goals: { '16 await loops': { goal: 1, about: '≤ its time' } },
})
