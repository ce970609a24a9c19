import { systemClock, type Clock } from '../kernel/clock.ts'
import { systemRandom, type Random } from '../kernel/random.ts'
import type { Caps } from './caps.ts'
import { JournalStore } from './journal-store.ts'
import { MemoryJournal } from './memory-journal.ts'
import type { Store } from './store.ts'

/** What every store on the queue engine can do; `durability` is the journal's. */
export const engineCaps: Omit<Caps, 'durability'> = {
  boundItems: 'hard',
  boundBytes: 'hard',
  overflow: ['backpressure', 'drop-oldest', 'drop-newest', 'drop-lowest', 'reject', 'fail'],
  ack: 'message',
  extend: true,
  delay: true,
  nackDelay: true,
  levels: 4,
  attempts: 'durable',
  dedupe: 'window',
  order: 'queue',
  keys: true,
  groups: true,
  ttl: true,
  deadLetters: 'native',
  depth: 'exact',
  shared: false,
}

/**
 * Queues in memory, with everything a durable store does but the durability. A queue that is closed keeps its
 * messages until the store is closed.
 */
export function memoryStore(options: { clock?: Clock; random?: Random } = {}): Store {
  const journals = new Map<string, MemoryJournal>() // one a queue
  return new JournalStore({
    url: 'memory:',
    caps: { ...engineCaps, durability: 'memory', attempts: 'memory' },
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    openJournal: (name) => {
      const known = journals.get(name) ?? new MemoryJournal()
      journals.set(name, known)
      return Promise.resolve(known)
    },
    list: () => [...journals.keys()],
    reports: [],
    close: () => Promise.resolve(journals.clear()),
  })
}
