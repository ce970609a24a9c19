import { seededRandom } from 'forebay/testkit'
import { expect, it } from 'vitest'
import { DiskSpace } from './disk-space.ts'

const MB = 1024 * 1024

it('asks for the pages in use once, while the bound is far away', () => {
  let asked = 0
  const space = new DiskSpace(1024 * MB, () => 4096 * ++asked)
  for (let commit = 0; commit < 100; commit++) expect(space.take(1024, 1)).toBe(true)
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
    const hasRoom = used + bytes <= most
    expect(space.take(bytes, 1)).toBe(hasRoom)
    if (hasRoom) {
      kept++
      used += bytes
    } else refused++
    if (random.next() < 0.02) used = Math.floor(used * random.next()) // consumed
  }
  expect(kept).toBeGreaterThan(500)
  expect(refused).toBeGreaterThan(5)
})

it('counts anew what others have freed when it seems to be full', () => {
  let used = 10 * MB
  const space = new DiskSpace(11 * MB, () => used)
  expect(space.take(2 * MB, 1)).toBe(false)
  used = 0
  expect(space.take(2 * MB, 1)).toBe(true)
})

it('has room for acknowledgements when it has none for messages', () => {
  const space = new DiskSpace(MB, () => 2 * MB)
  expect(space.take(1, 1)).toBe(false)
  expect(space.take(0, 50)).toBe(true)
})
