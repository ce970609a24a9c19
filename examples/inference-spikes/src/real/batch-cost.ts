import { Reader, type ReaderOptions } from './reader.ts'

/** What texts cost in one way of reading them, on the median of the rounds. */
export interface Cost {
  /** Processor time of all threads, µs a text. */
  readonly cpuUs: number
  /** Tokens that were read in a ms of the clock. */
  readonly tokensPerMs: number
}

export type WayName = 'one by one' | 'one waits' | 'parcels' | 'one run'

interface Way extends ReaderOptions {
  /** Texts that are one text for the model. */
  readonly joined: number
}

/** Ways to have a model in a worker read many texts. */
const ways: Readonly<Record<WayName, Way>> = {
  /** Each goes there alone, when the answer to the one before is back. */
  'one by one': { items: 1, window: 1, joined: 1 },
  /** Each goes there alone, and the next one waits there. */
  'one waits': { items: 1, window: 2, joined: 1 },
  /** As many as are worth 4 ms go there together. */
  parcels: { items: 32, window: 2, joined: 1 },
  /** What a batch is on an accelerator that reads its weights once for all that is in a run. */
  'one run': { items: 32, window: 2, joined: 16 },
}

export type Costs = Readonly<Record<WayName, Cost>>

/** Measures `count` of the texts in every way, in rounds that take turns: a machine that is busy is busy for all of them. */
export async function costsOf(texts: readonly string[], count: number, rounds = 3): Promise<Costs> {
  const given = Array.from({ length: count }, (_, index) => texts[index % texts.length] as string)
  const racers = Object.entries(ways).map(([name, way]) => ({
    name,
    way,
    reader: new Reader(way),
    costs: [] as Cost[],
  }))
  for (let round = -2; round < rounds; round++) {
    for (const { way, reader, costs } of racers) {
      const cost = await play(reader, inRuns(given, way.joined), count)
      if (round >= 0) costs.push(cost) // the first two warm up
    }
  }
  await Promise.all(racers.map(({ reader }) => reader.close()))
  return Object.fromEntries(racers.map(({ name, costs }) => [name, medianOf(costs)])) as unknown as Costs
}

function inRuns(texts: readonly string[], joined: number): string[] {
  const runs = Math.ceil(texts.length / joined)
  return Array.from({ length: runs }, (_, index) => texts.slice(index * joined, (index + 1) * joined).join('\n\n'))
}

async function play(reader: Reader, texts: readonly string[], count: number): Promise<Cost> {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  const readings = await Promise.all(texts.map((text) => reader.read(text)))
  const { user, system } = process.cpuUsage(before)
  const tokens = readings.reduce((sum, reading) => sum + reading.tokens, 0)
  return { cpuUs: (user + system) / count, tokensPerMs: tokens / (performance.now() - startedAt) }
}

function medianOf(costs: readonly Cost[]): Cost {
  const median = (of: (cost: Cost) => number): number =>
    costs.map(of).toSorted((a, b) => a - b)[costs.length >> 1] as number
  return { cpuUs: median(({ cpuUs }) => cpuUs), tokensPerMs: median(({ tokensPerMs }) => tokensPerMs) }
}
