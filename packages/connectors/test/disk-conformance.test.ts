import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { VirtualClock } from 'forebay/testkit'
import { afterAll } from 'vitest'
import { DiskJournal } from '../src/disk/disk-journal.ts'
import { diskCaps } from '../src/disk/disk-store.ts'
import { openStore } from '../src/open-store.ts'
import { queueConformance } from './conformance/queue-conformance.ts'

/** What the disk was asked for and has not answered: commits, and reads of chunks that may be cold. */
const underWay = new Set<Promise<unknown>>()

function watch(method: 'commit' | 'read'): void {
  const original = DiskJournal.prototype[method] as (this: DiskJournal, asked: never) => unknown
  const watched = function (this: DiskJournal, asked: never): unknown {
    const answer = original.call(this, asked)
    if (answer instanceof Promise) {
      underWay.add(answer)
      const forget = (): boolean => underWay.delete(answer)
      answer.then(forget, forget)
    }
    return answer
  }
  Object.assign(DiskJournal.prototype, { [method]: watched })
  afterAll(() => Object.assign(DiskJournal.prototype, { [method]: original }))
}

watch('commit')
watch('read')

/** Waits until the disk has answered everything, and whoever waited for it has asked for nothing more. */
async function quiet(): Promise<void> {
  for (let calm = 0; calm < 3; calm++) {
    await turn()
    if (underWay.size === 0) continue
    await Promise.allSettled(underWay)
    calm = -1
  }
}

// Time is virtual, the disk is real: after every step of time what it set off is waited for.
queueConformance(
  'disk:',
  () => {
    const clock = new VirtualClock()
    const folder = mkdtempSync(join(tmpdir(), 'forebay-disk-'))
    return {
      open: () => openStore(`disk:${folder}`, { clock }),
      pass: async (ms) => {
        await clock.advance(ms)
        await quiet()
      },
      now: () => clock.now(),
      dispose: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
  diskCaps,
)
