import { engineCaps, memoryStore } from 'forebay/queue'
import { VirtualClock } from 'forebay/testkit'
import { queueConformance } from './conformance/queue-conformance.ts'

queueConformance(
  'memory:',
  () => {
    const clock = new VirtualClock()
    return {
      open: () => Promise.resolve(memoryStore({ clock })),
      pass: (ms) => clock.advance(ms),
      now: () => clock.now(),
      dispose: () => Promise.resolve(),
    }
  },
  { ...engineCaps, durability: 'memory', attempts: 'memory' },
)
