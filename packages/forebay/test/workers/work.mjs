// What the workers of the tests do with an item.
import { isMainThread } from 'node:worker_threads'

/** Doubles it, or does what it says. */
export function work(item, call) {
  if (typeof item === 'number') return item * 2
  const { does } = item
  if (does === 'throw') throw Object.assign(new RangeError(`no ${item.name}`), { code: 'E_ODD' })
  if (does === 'throw a string') throw 'a string'
  if (does === 'exit') process.exit(9)
  if (does === 'spin') for (;;);
  if (does === 'hoard') {
    const held = []
    for (;;) held.push(Array.from({ length: 100_000 }, () => item))
  }
  if (does === 'where') return new Promise((resolve) => setTimeout(resolve, 5, where(call)))
  if (does === 'never') return new Promise(() => {})
  if (does === 'wait') {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve('waited'), item.ms)
      call.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(call.signal.reason)
      })
    })
  }
  if (does === 'length') return item.bytes.byteLength
  if (does === 'buffer') {
    const bytes = new ArrayBuffer(item.size)
    return call.transfer(bytes, [bytes])
  }
  if (does === 'function') return () => {}
  return item
}

const where = ({ data, worker }) => ({ pid: process.pid, isMainThread, data, worker })

export const named = (item) => `named ${item}`
export const nothing = 5

/** Some processor time for each item. */
export function grind({ n, rounds }) {
  let sum = n
  for (let i = 0; i < rounds; i++) sum = (sum * 31 + i) | 0
  return { n, sum }
}

/** Doubles it; the first worker that comes to the item `data.at` meets the fate that `data` says. */
export function count(n, { data }) {
  for (const end = performance.now() + 0.05; performance.now() < end;);
  if (data?.at === n && Atomics.add(data.met, 0, 1) === 0) {
    if (data.fate === 'exit') process.exit(1)
    if (data.fate === 'spin') for (;;);
    setImmediate(() => {
      throw new Error('later')
    })
    return new Promise(() => {})
  }
  return n * 2
}
