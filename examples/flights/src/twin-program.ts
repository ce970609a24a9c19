import { getHeapStatistics } from 'node:v8'
import type { Airport } from './airports.ts'
import { greatCircle, loadAirports } from './airports.ts'
import type { Flight } from './flight.ts'

// The program that nearly everybody writes first: what arrives goes into an array, and a slower worker empties it.
// Nothing in it is wrong except that nothing bounds the array.

const sinkRate = Number(process.argv[2])
const airports: ReadonlyMap<string, Airport> = loadAirports()
const waiting: Flight[] = [] // on purpose: nothing bounds it
let next = 0
let miles = 0

process.on('message', (flights) => {
  for (const flight of flights as readonly Flight[]) waiting.push(flight)
})
process.on('disconnect', () => process.exit(0)) // it never outlives who floods it

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
  process.send?.({ held: waiting.length - next, heapMb: getHeapStatistics().used_heap_size / 1e6, miles }, () => {})
}, 100)
