import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { FLIGHTS, type Flight } from './flight.ts'

/** A file of the `vega-datasets` package, whose exports hide its `data` folder. */
export function datasetFile(name: string): string {
  const entry = createRequire(import.meta.url).resolve('vega-datasets')
  return join(dirname(entry), '..', 'data', name)
}

type Columns = Record<'date' | 'delay' | 'distance' | 'origin' | 'destination', unknown[]>

/**
 * The flights with ids `from` (included) to `to` (excluded), `batch` at a time. Held in memory are the columns of
 * one row group of the file, about 270,000 rows, whatever the range.
 */
export async function* readFlights(
  options: { from?: number; to?: number; batch?: number } = {},
): AsyncGenerator<Flight[]> {
  const { from = 0, to = FLIGHTS, batch = 1000 } = options
  const file = await asyncBufferFromFile(datasetFile('flights-3m.parquet'))
  const metadata = await parquetMetadataAsync(file)
  let groupStart = 0
  for (const { num_rows: rows } of metadata.row_groups) {
    const groupEnd = groupStart + Number(rows)
    const first = Math.max(from, groupStart)
    const last = Math.min(to, groupEnd)
    if (first < last) {
      const columns: Columns = { date: [], delay: [], distance: [], origin: [], destination: [] }
      await parquetRead({
        file,
        metadata,
        compressors,
        rowStart: groupStart,
        rowEnd: groupEnd,
        onChunk: ({ columnName, columnData, rowStart }) => {
          const column = columns[columnName as keyof Columns]
          for (let i = 0; i < columnData.length; i++) column[rowStart - groupStart + i] = columnData[i]
        },
      })
      const minutes = new Minutes()
      for (let start = first; start < last; start += batch) {
        const end = Math.min(start + batch, last)
        yield Array.from({ length: end - start }, (_, i) => flightAt(columns, start + i, groupStart, minutes))
      }
    }
    groupStart = groupEnd
  }
}

/** Writes dates to the minute. The file is in their order, so that most are the one before. */
class Minutes {
  #last = Number.NaN
  #text = ''

  write(date: Date): string {
    if (date.getTime() === this.#last) return this.#text
    this.#last = date.getTime()
    this.#text = date.toISOString().slice(0, 16)
    return this.#text
  }
}

function flightAt(columns: Columns, id: number, groupStart: number, minutes: Minutes): Flight {
  const row = id - groupStart
  return {
    id,
    date: minutes.write(columns.date[row] as Date),
    delay: Number(columns.delay[row]),
    distance: Number(columns.distance[row]),
    origin: columns.origin[row] as string,
    destination: columns.destination[row] as string,
  }
}
