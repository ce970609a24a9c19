import { expect, test } from 'vitest'
import { loadAirports } from './airports.ts'
import { readFlights } from './dataset.ts'
import { FLIGHTS } from './flight.ts'

test('the data set has three million flights, numbered without a gap, between airports that are known', async () => {
  const airports = loadAirports()
  let count = 0
  let unknown = 0
  let misnumbered = 0
  for await (const batch of readFlights({ batch: 10_000 })) {
    for (const { id, origin, destination, distance } of batch) {
      if (id !== count++) misnumbered++
      if (!airports.has(origin) || !airports.has(destination) || !(distance > 0)) unknown++
    }
  }

  expect({ count, unknown, misnumbered }).toEqual({ count: FLIGHTS, unknown: 0, misnumbered: 0 })
})
