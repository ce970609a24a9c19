import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import type { Airport } from './airports.ts'
import { greatCircle, loadAirports } from './airports.ts'
import type { Flight } from './flight.ts'

// The program that nearly everybody writes first: what arrives goes into an array, and a slower worker empties it.
// Nothing in it is wrong except that nothing bounds the array.

const { sinkRate } = workerData as { sinkRate: number }
const airports: ReadonlyMap<string, Airport> = loadAirports()
const waiting: Flight[] = [] // on purpose: nothing bounds it
let next = 0
let miles = 0

parentPort?.on('message', (flights: readonly Flight[]) => {
  for (const flight of flights) waiting.push(flight)
})

const startedAt = performance.now()
setInterval(() => {
  const due = ((performance.now() - startedAt) / 1000) * sinkRate
  for (; next < due && next < waiting.length; next++) {
    const { origin, destination } = waiting[next] as Flight
    const [from, to] = [airports.get(origin), airports.get(destination)]
    if (from !== undefined && to !== undefined) miles += greatCircle(from, to)
  }
}, 20)

setInterval(() => {
  parentPort?.postMessage({ held: waiting.length - next, heapMb: getHeapStatistics().used_heap_size / 1e6, miles })
}, 100)
