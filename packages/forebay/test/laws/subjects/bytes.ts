import { delimiter } from '../../../src/flow/bytes/delimiter.ts'
import { lengthField, lengthPrefixed } from '../../../src/flow/bytes/length-field.ts'
import { lines } from '../../../src/flow/bytes/lines.ts'
import { limitBytes, rechunk } from '../../../src/flow/bytes/rechunk.ts'
import type { Flow } from '../../../src/flow/flow.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const decoder = new TextDecoder()
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What items are on the wire, by turns: nothing, the beginning of a frame, its end, the end of one and a whole one. */
const pieces = (n: number): string => ['', `<${n} `, `${n}>;`, `${n}>;<${n}!>;`][n % 4] as string
const pieceOf = (items: readonly number[]): string => items.map(pieces).join('')

/** The items whose pieces a frame was made of. */
const itemsIn = (frame: string): number[] => [...new Set((frame.match(/\d+/g) ?? []).map(Number))]

const between = (text: string, mark: string): string[] => {
  const parts = text.split(mark)
  return parts.at(-1) === '' ? parts.slice(0, -1) : parts
}

/** Behind a failure no frame comes that was not whole. */
const wholeOnly = (text: string, mark: string): string[] => text.split(mark).slice(0, -1)

/** Frames in bytes that are cut anywhere. */
export const bytes: readonly OperatorSubject[] = [
  {
    name: 'lines',
    operator: (flow) => flow.map((n) => pieces(n).replaceAll(';', '\n')).via(lines()),
    model: (items) => between(pieceOf(items), ';'),
    failed: (items) => ({ items: wholeOnly(pieceOf(items), ';'), ends: 'failed' }),
    cutByFailure: true,
    from: itemsIn,
    card: {
      of: 'lines',
      emits: {
        op: (flow) =>
          flow
            .map(String)
            .map((n) => (n === '5' ? '\n' : n))
            .via(lines()),
        data: '-1-2-5-3|',
        out: '-----A--(B|)',
        demand: '2',
        values: { A: '12', B: '3' },
      },
    },
  },
  {
    name: 'delimiter',
    operator: (flow) =>
      flow
        .map((n) => pieces(n).replaceAll(';', '--'))
        .via(delimiter('--', { maxFrameBytes: 100 }))
        .map(textOf),
    model: (items) => between(pieceOf(items), ';'),
    failed: (items) => ({ items: wholeOnly(pieceOf(items), ';'), ends: 'failed' }),
    cutByFailure: true,
    from: itemsIn,
    card: {
      of: 'delimiter',
      emits: { op: withMark(), data: '-1-2-0-3-0|', out: '-----A---B|', values: { A: '12', B: '3' } },
      completes: [
        { op: withMark(), data: '-1-0-2|', out: '---A--(B|)', values: { A: '1', B: '2' } },
        {
          op: withMark(true),
          data: '-1-0-2|',
          out: '---A--#',
          error: 'FOREBAY_CORRUPT',
          lost: { failed: 1 },
          values: { A: '1' },
        },
      ],
    },
  },
  {
    name: 'lengthField · lengthPrefixed',
    operator: (flow) =>
      flow
        .map((n) => `${n}:`.repeat(n % 5))
        .via(lengthPrefixed({ size: 1 }))
        .via(rechunk(3))
        .via(lengthField({ size: 1, maxFrameBytes: 100 }))
        .map(textOf),
    model: (items) => items.map((n) => `${n}:`.repeat(n % 5)),
    cutByFailure: true,
    card: {
      of: 'lengthField',
      emits: {
        op: (flow) =>
          flow
            .map((n) => Uint8Array.of(n))
            .via(lengthField({ size: 1, maxFrameBytes: 9 }))
            .map((frame) => frame.join('')),
        data: '-2-7-8-1-9|',
        out: '-----A---B|',
        values: { A: '78', B: '9' },
      },
      completes: {
        op: (flow) => flow.map((n) => Uint8Array.of(n)).via(lengthField({ size: 1, maxFrameBytes: 9 })),
        data: '-2-7|',
        out: '----#',
        error: 'FOREBAY_CORRUPT',
        lost: { failed: 2 },
      },
    },
  },
  {
    name: 'lengthPrefixed',
    operator: (flow) =>
      flow
        .map(String)
        .via(lengthPrefixed({ size: 2, endian: 'little' }))
        .map((bytes) => bytes.join()),
    model: (items) => items.map((n) => [String(n).length, 0, ...bytesOf(String(n))].join()),
    card: {
      of: 'lengthPrefixed',
      emits: {
        op: (flow) =>
          flow
            .map((n) => new Uint8Array(n))
            .via(lengthPrefixed({ size: 1 }))
            .map((frame) => frame.join('')),
        data: '-1-2|',
        out: '-A-B|',
        values: { A: '10', B: '200' },
      },
    },
  },
  {
    name: 'rechunk',
    operator: (flow) =>
      flow
        .map((n) => `${n};`)
        .via(rechunk(4))
        .map(textOf),
    model: (items) =>
      items
        .map((n) => `${n};`)
        .join('')
        .match(/.{1,4}/gu) ?? [],
    failed: (items) => ({
      items:
        items
          .map((n) => `${n};`)
          .join('')
          .match(/.{4}/gu) ?? [],
      ends: 'failed',
    }),
    cutByFailure: true,
    card: {
      of: 'rechunk',
      emits: {
        op: (flow) => flow.map(String).via(rechunk(2)).map(textOf),
        data: '-1-2-3|',
        out: '---A--(B|)',
        values: { A: '12', B: '3' },
      },
    },
  },
  {
    name: 'limitBytes',
    operator: (flow) =>
      flow
        .map((n) => new Uint8Array(n % 10))
        .via(limitBytes('1MiB'))
        .map((chunk) => chunk.length),
    model: (items) => items.map((n) => n % 10),
    card: {
      of: 'limitBytes',
      emits: { op: (flow) => flow.map(String).via(limitBytes(5)).map(textOf).map(Number), data: '-1-2|', out: '-1-2|' },
      cancels: {
        op: (flow) => flow.map(String).via(limitBytes(1)).map(textOf).map(Number),
        data: '-1-2-3|',
        out: '-1-#',
        upstream: '*--!',
        error: 'FOREBAY_TOO_LARGE',
        lost: { failed: 1 },
      },
      loses: {
        op: (flow) => flow.map(String).via(limitBytes(1)).map(textOf).map(Number),
        data: '-1-2|',
        out: '-1-#',
        error: 'FOREBAY_TOO_LARGE',
        lost: { failed: 1 },
      },
    },
  },
]

function withMark(mustEnd = false): (flow: Flow<number>) => Flow<string> {
  return (flow) =>
    flow
      .map(String)
      .via(delimiter('0', { maxFrameBytes: 10, mustEnd }))
      .map(textOf)
}
