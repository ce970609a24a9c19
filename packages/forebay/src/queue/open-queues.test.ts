import { expect, test } from 'vitest'
import { memoryStore } from './memory-store.ts'

test('a store names the queues that are open in it, and no others', async () => {
  const store = memoryStore()
  expect(store.opened()).toEqual([])
  const [first, second] = await Promise.all([store.queue('first'), store.queue('second')])
  expect(store.opened()).toEqual([first, second])

  await first.close()
  expect(store.opened()).toEqual([second])
  const again = await store.queue('first')
  expect(store.opened()).toEqual([second, again])
  await store.close()
  expect(store.opened()).toEqual([])
})
