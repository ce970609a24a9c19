import { seededRandom } from 'forebay/testkit'
import { expect, it } from 'vitest'
import { DiskSpace, spaceOf } from './disk-space.ts'

const MB = 1024 * 1024
/** What a commit may take beside its values. */
const REST = 64 * 1024

it('asks for the pages in use once, while the bound is far away', () => {
  let asked = 0
  const space = new DiskSpace(1024 * MB, () => 4096 * ++asked)
  for (let commit = 0; commit < 100; commit++) expect(space.take(1024, true)).toBe(true)
  expect(asked).toBe(1)
})

it('never lets more in than there is room for, and lets in whatever has room', () => {
  const random = seededRandom(7)
  const most = 20 * MB
  let used = 0
  const space = new DiskSpace(most, () => used)
  let [kept, refused] = [0, 0]
  for (let commit = 0; commit < 2000; commit++) {
    const bytes = 1 + Math.floor(random.next() * 400_000)
    const hasRoom = used + bytes + REST <= most
    expect(space.take(bytes, true)).toBe(hasRoom)
    if (hasRoom) {
      kept++
      used += bytes + Math.floor(random.next() * REST)
    } else refused++
    if (random.next() < 0.02) used = Math.floor(used * random.next()) // consumed
  }
  expect(kept).toBeGreaterThan(500)
  expect(refused).toBeGreaterThan(5)
})

it('counts anew what others have freed when it seems to be full', () => {
  let used = 10 * MB
  const space = new DiskSpace(11 * MB, () => used)
  expect(space.take(2 * MB, true)).toBe(false)
  used = 0
  expect(space.take(2 * MB, true)).toBe(true)
})

it('has room for acknowledgements when it has none for messages', () => {
  const space = new DiskSpace(MB, () => 2 * MB)
  expect(space.take(1, true)).toBe(false)
  expect(space.take(50_000, false)).toBe(true)
})

it('counts whole pages for a value, and its place in the tree', () => {
  expect(spaceOf(1)).toBe(4096 + 128)
  expect(spaceOf(4096)).toBe(2 * 4096 + 128)
  expect(spaceOf(2 * MB)).toBe(2 * MB + 4096 + 128)
})
