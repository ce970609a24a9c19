import { formatCsv, parseCsv } from '../../../src/flow/bytes/csv.ts'
import { jsonObjects } from '../../../src/flow/bytes/json-objects.ts'
import { lines } from '../../../src/flow/bytes/lines.ts'
import { rechunk } from '../../../src/flow/bytes/rechunk.ts'
import { decodeText, encodeText, parseJson } from '../../../src/flow/bytes/text.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const decoder = new TextDecoder()
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/** The items that a text was made of. */
const itemsIn = (text: string): number[] => [...new Set((text.match(/\d+/g) ?? []).map(Number))]

const one = (n: number): string => `{"n":${n},"of":[{"é":"}\\""}]}`

/** Values as text and text as values: JSON, comma-separated values, encodings. */
export const text: readonly OperatorSubject[] = [
  {
    name: 'jsonObjects · parseJson',
    operator: (flow) =>
      flow
        .flatMap((n) => [one(n), ','])
        .via(rechunk(7))
        .via(jsonObjects({ maxObjectBytes: 200 }))
        .via(parseJson<{ n: number }>())
        .map(({ n }) => n),
    model: (items) => items,
    failed: (items) => ({ items, ends: 'failed' }),
    cutByFailure: true,
    // The comma behind the last object is one more item that waits for demand.
    endNeedsDemand: true,
    card: {
      of: 'jsonObjects',
      emits: {
        op: (flow) =>
          flow.map((n) => ['[{"a', '":1}, ', '{}', ']'][n] as string).via(jsonObjects({ maxObjectBytes: 20 })),
        data: '-0-1-2-3|',
        out: '---A-B--|',
        values: { A: '{"a":1}', B: '{}' },
      },
      completes: {
        op: (flow) => flow.map(() => '{').via(jsonObjects({ maxObjectBytes: 20 })),
        data: '-1|',
        out: '--#',
        error: 'FOREBAY_CORRUPT',
        lost: { failed: 1 },
      },
    },
  },
  {
    name: 'parseJson',
    operator: (flow) =>
      flow.map((n) => (n % 3 === 0 ? 'no' : `[${n}]`)).via(parseJson<number[]>({ onMalformed: 'drop' })),
    model: (items) => items.filter((n) => n % 3 !== 0).map((n) => [n]),
    loses: ['malformed'],
    from: (list) => list,
    card: {
      of: 'parseJson',
      emits: { op: (flow) => flow.map(String).via(parseJson()), data: '-1-2|', out: '-1-2|' },
      loses: {
        op: (flow) => flow.map((n) => (n === 1 ? '{' : '2')).via(parseJson({ onMalformed: 'drop' })),
        data: '-1-2|',
        out: '---2|',
        lost: { malformed: 1 },
      },
    },
  },
  {
    name: 'parseCsv',
    operator: (flow) =>
      flow
        .flatMap((n) => [`${n},"a ""${n}""`, '\r', `\n"\r`, '\n'])
        .via(parseCsv({ header: ['n', 'text'] }))
        .map((row) => `${row['n']} ${row['text']}`),
    endNeedsDemand: true,
    model: (items) => items.map((n) => `${n} a "${n}"\r\n`),
    cutByFailure: true,
    card: {
      of: 'parseCsv',
      emits: {
        op: (flow) =>
          flow
            .map((n) => ['a,b\n', '1,"x', '\ny"\n', '2,'][n] as string)
            .via(parseCsv())
            .map((row) => Object.values(row).join('|')),
        data: '-0-1-2-3|',
        out: '-----A--(B|)',
        values: { A: '1|x\ny', B: '2|' },
      },
      loses: {
        op: (flow) =>
          flow
            .map((n) => `${n}\n`.repeat(1).replace('2', '2,2'))
            .via(parseCsv({ header: ['n'], onMalformed: 'drop' }))
            .map((row) => Number(row['n'])),
        data: '-1-2-3|',
        out: '-1---3|',
        lost: { malformed: 1 },
      },
    },
  },
  {
    name: 'formatCsv',
    operator: (flow) => flow.map((n) => ({ n, text: `"${n}",` })).via(formatCsv()),
    model: (items) => items.map((n, at) => `${at === 0 ? 'n,text\n' : ''}${n},"""${n}"","\n`),
    from: (line: string) => itemsIn(line).slice(0, 1),
    card: {
      of: 'formatCsv',
      emits: {
        op: (flow) => flow.map((n) => ({ n })).via(formatCsv()),
        data: '-1-2|',
        out: '-A-B|',
        values: { A: 'n\n1\n', B: '2\n' },
      },
    },
  },
  {
    name: 'decodeText · encodeText',
    operator: (flow) =>
      flow
        .map((n) => `${n}é😀;`)
        .via(encodeText())
        .via(rechunk(1))
        .via(decodeText({ fatal: true }))
        .via(encodeText())
        .via(lines())
        .map((line) => line.length),
    model: (items) => (items.length === 0 ? [] : [items.map((n) => `${n}é😀;`).join('').length]),
    failed: () => ({ items: [], ends: 'failed' }),
    cutByFailure: true,
    // The text is one line without an end: its bytes are bounded, not the chunks whose accounts go with it.
    bound: 40,
    card: {
      of: 'decodeText',
      emits: {
        op: (flow) => flow.map((n) => Uint8Array.of(...([[0x61, 0xc3], [0xa9]][n] as number[]))).via(decodeText()),
        data: '-0-1|',
        out: '-A-B|',
        values: { A: 'a', B: 'é' },
      },
      loses: {
        op: (flow) => flow.map(() => Uint8Array.of(0xc3)).via(decodeText()),
        data: '-1|',
        out: '--(A|)',
        values: { A: '\uFFFD' },
      },
    },
  },
  {
    name: 'encodeText',
    operator: (flow) =>
      flow
        .map((n) => String(n))
        .via(encodeText())
        .map(textOf)
        .map(Number),
    model: (items) => items,
    from: (n) => [n],
    card: { of: 'encodeText', emits: { data: '-1-2|', out: '-1-2|' } },
  },
]
