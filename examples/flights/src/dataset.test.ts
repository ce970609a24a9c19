import { describe, expect, it } from 'vitest'
import { greatCircle, loadAirports } from './airports.ts'
import { readFlights } from './dataset.ts'
import { FLIGHTS, parseFlight, type Flight } from './flight.ts'
import { isPoisoned, poison, POISON_ONE_IN } from './poison.ts'

async function collect(options: Parameters<typeof readFlights>[0]): Promise<Flight[]> {
  const all: Flight[] = []
  for await (const batch of readFlights(options)) all.push(...batch)
  return all
}

describe('the data set', () => {
  it('is read from anywhere, over the borders of its row groups', async () => {
    const flights = await collect({ from: 272_720, to: 272_735, batch: 4 })
    expect(flights.map(({ id }) => id)).toEqual(Array.from({ length: 15 }, (_, i) => 272_720 + i))
    expect((await collect({ from: 0, to: 2 }))[0]).toEqual({
      id: 0,
      date: '2001-01-01T00:01',
      delay: 33,
      distance: 2176,
      origin: 'LAS',
      destination: 'PHL',
    })
    expect(await collect({ from: FLIGHTS })).toEqual([])
  })

  it('agrees with the great circle between its airports to within a few miles', async () => {
    const airports = loadAirports()
    const [flight] = await collect({ from: 0, to: 1 })
    const miles = greatCircle(airports.get(flight!.origin)!, airports.get(flight!.destination)!)
    expect(Math.abs(miles - flight!.distance)).toBeLessThan(10)
  })
})

describe('airports', () => {
  it('are read with commas and quotes in their names', () => {
    const airports = loadAirports()
    expect(airports.size).toBe(3376)
    expect(airports.get('DBN')?.name).toBe('W. H. "Bud" Barron')
    expect(airports.get('N25')).toMatchObject({ name: 'Westport', city: 'Westport, NY', latitude: 44.15838611 })
    expect([...airports.values()].every(({ latitude, longitude }) => Number.isFinite(latitude + longitude))).toBe(true)
  })
})

describe('poison', () => {
  it('is in one flight of 10,000, in the same ones every time, in others under another seed', () => {
    const poisoned = (seed: number): number[] =>
      Array.from({ length: 1_000_000 }, (_, id) => id).filter((id) => isPoisoned(id, seed))
    const first = poisoned(1)

    expect(first.length).toBeGreaterThan(1_000_000 / POISON_ONE_IN / 2)
    expect(first.length).toBeLessThan((1_000_000 / POISON_ONE_IN) * 2)
    expect(poisoned(1)).toEqual(first)
    expect(poisoned(2)).not.toEqual(first)
  })

  it('passes the door and can never be enriched', async () => {
    const airports = loadAirports()
    for (const flight of await collect({ from: 0, to: 2 })) {
      const spoiled = poison(flight)
      expect(parseFlight(JSON.stringify(spoiled))).toEqual(spoiled)
      expect(airports.has(spoiled.origin) && spoiled.distance > 0).toBe(false)
    }
  })
})

describe('parseFlight', () => {
  it.each([
    ['null', /object/],
    ['{}', /id/],
    ['{"id":-1}', /id/],
    ['{"id":1,"date":"d","delay":"3"}', /delay/],
    ['{"id":1,"date":"d","delay":3,"distance":1,"origin":"A","destination":""}', /destination/],
    ['{', /JSON/],
  ])('refuses %s', (line, message) => {
    expect(() => parseFlight(line)).toThrow(message)
  })
})
