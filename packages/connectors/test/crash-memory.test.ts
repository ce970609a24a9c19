import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { openStore } from '../src/open-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'forebay-crash-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('a process that only looks does not forget what was out when an earlier process died', async () => {
  const [live, image] = [join(folder, 'live'), join(folder, 'image')]
  const store = await openStore(`disk:${live}`)
  const queue = await store.queue<number>('q')
  await queue.sender().put([{ body: 1 }, { body: 2 }, { body: 3 }])
  await queue.receiver({ prefetch: 1 }).next()
  // What a kill at this moment leaves behind, but for the lock of the dead.
  cpSync(live, image, { recursive: true, filter: (path) => !path.endsWith('in-use.json') })
  await store.close()

  const looked = await openStore(`disk:${image}`)
  expect(await (await looked.queue('q')).peek(10)).toHaveLength(3)
  await looked.close()

  const again = await openStore(`disk:${image}`)
  const reopened = await again.queue<number>('q')
  const receiver = reopened.receiver()
  const [first] = await receiver.batch(1, 1000)
  expect(first).toMatchObject({ body: 1, attempt: 1 })
  expect(reopened.stats().suspects).toBeGreaterThan(0)
  await first?.ack()
  await again.close()
})
