import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { VirtualClock } from 'forebay/testkit'
import { diskCaps } from '../src/disk/disk-store.ts'
import { openStore } from '../src/open-store.ts'
import { queueConformance } from './conformance/queue-conformance.ts'

// Time is virtual, the disk is real: after every step of time the commits it set off get a moment to end.
queueConformance(
  'disk:',
  () => {
    const clock = new VirtualClock()
    const folder = mkdtempSync(join(tmpdir(), 'forebay-disk-'))
    return {
      open: () => openStore(`disk:${folder}`, { clock }),
      pass: async (ms) => {
        await clock.advance(ms)
        await sleep(6)
      },
      now: () => clock.now(),
      dispose: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
  diskCaps,
)
