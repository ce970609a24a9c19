import { checkInteger, checkOneOf, show } from '../../kernel/check.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import { bytesOf, type ByteChunk } from './byte-chunk.ts'
import { CsvReader } from './csv-reader.ts'
import { framing, NEEDS_MORE, Unwanted, type Framer } from './framing.ts'

/** How comma-separated values are read. */
export interface ParseCsvOptions {
  /** `true` (default): the first record names the fields. Or the names. */
  header?: true | readonly string[]
  /** One character; default `','`. */
  separator?: string
  /** One character; default `'"'`. */
  quote?: string
  /** Characters in a record; a longer one fails the flow with `FOREBAY_TOO_LARGE`. Default 1,048,576. */
  maxRecordLength?: number
  /** What becomes of a record with more or fewer fields than there are names: `'fail'` (default) with `FOREBAY_CORRUPT`, or `'drop'`, counted as `malformed`. */
  onMalformed?: 'fail' | 'drop'
}

/**
 * The records of comma-separated values (RFC 4180), as objects with a text for each name. Quotes that are wrong fail
 * the flow with `FOREBAY_CORRUPT` and the line: behind them nobody knows where a record begins.
 *
 * Emits: when a record is complete. Backpressures: when downstream does. Completes: when upstream has and nothing is
 * held; a last record without an end counts. Cancels: when downstream cancels. Loses: nothing by default; with
 * `onMalformed: 'drop'` the records of another length.
 */
export function parseCsv(options: ParseCsvOptions = {}): Operator<ByteChunk, Record<string, string>> {
  const onMalformed = checkOneOf('onMalformed', options.onMalformed ?? 'fail', ['fail', 'drop'])
  const header = options.header ?? true
  if (header !== true) checkNames(header, (message) => new RangeError(`header: ${message}`))
  const rules = {
    ...signs(options),
    maxRecordLength: checkInteger('maxRecordLength', options.maxRecordLength ?? 1_048_576, 1),
  }
  const create = (): Framer<ByteChunk, Record<string, string>> => {
    const reader = new CsvReader(rules)
    const decoder = new TextDecoder()
    let names = header === true ? undefined : header
    return {
      write: (chunk) => reader.write(decoder.decode(bytesOf('parseCsv', chunk), { stream: true })),
      next: () => {
        const { line } = reader
        let record = reader.next()
        if (record !== NEEDS_MORE && names === undefined) {
          checkNames(record, (message) => reader.corrupt(message))
          names = record
          record = reader.next()
        }
        if (record === NEEDS_MORE) return NEEDS_MORE
        const known = names as readonly string[]
        if (record.length === known.length) return rowOf(known, record)
        if (onMalformed === 'drop') return new Unwanted('malformed')
        reader.line = line
        throw reader.corrupt(`${record.length} fields where ${known.length} were expected`)
      },
      end: () => {
        reader.write(decoder.decode())
        reader.end()
      },
      get isInside() {
        return reader.isInside
      },
    }
  }
  return framing('parseCsv', create, onMalformed === 'drop' ? 'records with a wrong number of fields' : undefined)
}

/** How comma-separated values are written. */
export interface FormatCsvOptions {
  /** The fields in order; default: those of the first item. */
  header?: readonly string[]
  separator?: string
  quote?: string
  /** The end of a line; default `'\n'`, while RFC 4180 has `'\r\n'`. */
  end?: '\n' | '\r\n'
}

/**
 * Each item as a line of comma-separated values, the names in front of the first. A field is quoted where it has to be;
 * `null` and `undefined` become empty, a date its ISO text, any other object its JSON.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels. Loses: nothing.
 */
export function formatCsv(options: FormatCsvOptions = {}): Operator<Readonly<Record<string, unknown>>, string> {
  const { separator, quote } = signs(options)
  const end = checkOneOf('end', options.end ?? '\n', ['\n', '\r\n'])
  const field = (value: unknown): string => {
    const text = textOf(value)
    const isPlain = !text.includes(separator) && !text.includes(quote) && !/[\r\n]/.test(text)
    return isPlain ? text : quote + text.replaceAll(quote, quote + quote) + quote
  }
  const line = (values: readonly unknown[]): string => {
    const text = values.map(field).join(separator)
    return (text === '' ? quote + quote : text) + end // an empty line would be no record
  }
  return operator('formatCsv', { cardinality: 'one' }, (down) => {
    let names: readonly string[] | undefined
    return {
      push: (row, context) => {
        const head = names === undefined ? (names = options.header ?? Object.keys(row)) : undefined
        const text = line(names.map((name) => row[name]))
        down.push(head === undefined ? text : line(head) + text, context)
      },
    }
  })
}

function signs(options: { separator?: string; quote?: string }): { separator: string; quote: string } {
  const { separator = ',', quote = '"' } = options
  for (const [name, sign] of Object.entries({ separator, quote })) {
    if (typeof sign !== 'string' || sign.length !== 1 || /[\r\n]/.test(sign)) {
      throw new RangeError(`${name}: expected one character, got ${show(sign)}`)
    }
  }
  if (separator === quote) throw new RangeError(`separator: expected another character than quote, got ${show(quote)}`)
  return { separator, quote }
}

function checkNames(names: readonly string[], error: (message: string) => Error): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw error(`the name ${show(twice)} twice`)
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  const json = JSON.stringify(value) as string | undefined // a function has none
  return json?.startsWith('"') === true ? (JSON.parse(json) as string) : (json ?? '')
}

/** An object whose own fields they are, whatever they are called. */
function rowOf(names: readonly string[], record: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, record[index] as string]))
}
