import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Operator } from '../../kernel/operator.ts'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { utf8Length, type ByteChunk } from './byte-chunk.ts'
import { formatCsv, parseCsv } from './csv.ts'
import { delimiter } from './delimiter.ts'
import { jsonObjects } from './json-objects.ts'
import { lengthField, lengthPrefixed } from './length-field.ts'
import { lines } from './lines.ts'
import { limitBytes, rechunk } from './rechunk.ts'
import { decodeText, encodeText, parseJson } from './text.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = <B>(operator: Operator<ByteChunk, B>, ...chunks: ByteChunk[]): Promise<B[]> =>
  flow(chunks).via(operator).toArray(10_000)

/** Bytes cut at random places. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.map((at) => at % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end))
}
const cuts = fc.array(fc.nat(), { maxLength: 12 })

describe('frames do not depend on where chunks are cut', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 })

  test('lines', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'é', '😀', '\n', '\r\n', ''), { maxLength: 30 }),
        cuts,
        async (parts, at) => {
          const whole = parts.join('')
          const expected = whole.split(/\r?\n/)
          if (expected.at(-1) === '') expected.pop()

          expect(await read(lines(), ...cut(bytesOf(whole), at))).toEqual(expected)
        },
      ),
    )
  })

  test('text', async () => {
    await fc.assert(
      fc.asyncProperty(text, cuts, async (whole, at) => {
        const decoded = await read(decodeText(), ...cut(bytesOf(whole), at))

        expect(decoded.join('')).toBe(new TextDecoder().decode(bytesOf(whole)))
      }),
    )
  })

  test('lengths', async () => {
    const options = fc.record({ size: fc.constantFrom(1, 2, 3, 4), endian: fc.constantFrom('big', 'little') })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 }),
        options,
        cuts,
        async (frames, rules, at) => {
          const wire = await flow(frames)
            .via(lengthPrefixed(rules as never))
            .toArray(100)
          const whole = Uint8Array.from(wire.flatMap((frame) => [...frame]))
          const read = await flow(cut(whole, at))
            .via(lengthField({ ...(rules as object), maxFrameBytes: 100 }))
            .toArray(100)

          expect(read.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]))
        },
      ),
    )
  })

  test('JSON objects, in an array, on lines or behind each other', async () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(objects, fc.constantFrom(',', '\n', '', ' ,\r\n\t'), cuts, async (values, mark, at) => {
        const whole = bytesOf(`[${values.map((value) => JSON.stringify(value)).join(mark)}]`)
        const found = await flow(cut(whole, at))
          .via(jsonObjects({ maxObjectBytes: '1MiB' }))
          .via(parseJson())
          .toArray(10)

        expect(found).toEqual(JSON.parse(`[${values.map((value) => JSON.stringify(value)).join(',')}]`))
      }),
    )
  })

  test('comma-separated values, as they were written', async () => {
    const field = fc
      .array(fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' '), { maxLength: 5 })
      .map((parts) => parts.join(''))
    const rows = fc.array(fc.record({ one: field, '__proto__ 2': field, '': field }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n'), cuts, async (values, end, at) => {
        const whole = (
          await flow(values)
            .via(formatCsv({ end } as never))
            .toArray(10)
        ).join('')

        expect(await read(parseCsv(), ...cut(bytesOf(whole), at))).toEqual(values)
      }),
    )
  })

  test('rechunk', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        cuts,
        fc.integer({ min: 1, max: 9 }),
        async (whole, at, size) => {
          const chunks = await read(rechunk(size), ...cut(whole, at))

          expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...whole])
          expect(chunks.slice(0, -1).every((chunk) => chunk.length === size)).toBe(true)
        },
      ),
    )
  })
})

describe('whatever comes', () => {
  const readers: Record<string, () => Operator<ByteChunk, unknown>> = {
    lines: () => lines({ maxLineBytes: 50 }),
    delimiter: () => delimiter('ab', { maxFrameBytes: 50 }),
    lengthField: () => lengthField({ maxFrameBytes: 50, adjust: -2 }),
    jsonObjects: () => jsonObjects({ maxObjectBytes: 50 }),
    parseCsv: () => parseCsv({ maxRecordLength: 50 }),
    decodeText: () => decodeText({ fatal: true }),
  }
  test.each(Object.entries(readers))('%s ends, or fails with a code, and every account is ended', async (_, make) => {
    const hostile = fc.array(fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.string({ maxLength: 30 })), {
      maxLength: 10,
    })
    await fc.assert(
      fc.asyncProperty(hostile, async (chunks) => {
        const run = flow(chunks)
          .via(make())
          .to(() => {})
          .run()
        await run.done.catch((error: unknown) =>
          expect((error as { code: string }).code).toMatch(/^FOREBAY_(TOO_LARGE|CORRUPT)$/),
        )

        expect(run.inspect().balanced).toBe(true)
        expect(run.inspect().ledger.inFlight).toBe(0)
      }),
    )
  })

  test.each(Object.entries(readers))('%s refuses what is neither bytes nor text', async (_, make) => {
    await expect(read(make(), 5 as never)).rejects.toThrow('expected bytes or text, got 5')
  })
})

describe('limits', () => {
  test('a long line fails behind the lines before it, with its number', async () => {
    const seen: string[] = []
    const done = flow(['a\nb\n12', '3456\n'])
      .via(lines({ maxLineBytes: 5 }))
      .forEach((line) => seen.push(line))

    await expect(done).rejects.toMatchObject({
      code: 'FOREBAY_TOO_LARGE',
      message: 'lines: line 3 is longer than 5 bytes',
    })
    expect(seen).toEqual(['a', 'b'])
  })

  test('a line is measured in bytes', async () => {
    await expect(read(lines({ maxLineBytes: 5 }), 'ééé\n')).rejects.toThrow('longer than 5 bytes')
    expect(await read(lines({ maxLineBytes: 6 }), 'ééé\n')).toEqual(['ééé'])
  })

  test('a frame that never ends is refused as soon as it is too long', async () => {
    let sent = 0
    function* endless(): Generator<string> {
      for (;;) {
        sent++
        yield 'aaaaaaaaaa'
      }
    }
    await expect(
      flow(endless())
        .via(delimiter('b', { maxFrameBytes: 100 }))
        .drain(),
    ).rejects.toThrow('longer than 100')
    expect(sent).toBeLessThan(13)
  })

  test.each([
    ['a quote inside a field', 'a\nx"y\n', 'csv: line 2: a quote inside'],
    ['something behind quotes', 'a\n"x"y\n', 'csv: line 2: "y" behind a quoted field'],
    ['an end inside quotes', 'a\n"x\ny', 'csv: line 2: the data ends inside quotes'],
    ['too many fields', 'a\n"\n"\n1,2\n', 'csv: line 4: 2 fields where 1 were expected'],
    ['a name twice', 'a,a\n1,2\n', "csv: line 2: the name 'a' twice"],
  ])('comma-separated values with %s fail with the line', async (_, text, message) => {
    await expect(read(parseCsv(), text)).rejects.toThrow(message)
  })

  test('a length that is negative is corrupt', async () => {
    await expect(read(lengthField({ size: 1, adjust: -2, maxFrameBytes: 9 }), Uint8Array.of(1))).rejects.toMatchObject({
      code: 'FOREBAY_CORRUPT',
    })
    await expect(
      flow(['abc'.repeat(100)])
        .via(lengthPrefixed({ size: 1 }))
        .drain(),
    ).rejects.toThrow('300 bytes in a field of 1')
  })

  test.each([
    [() => delimiter('', { maxFrameBytes: 1 }), 'delimiter: expected at least one byte'],
    [() => delimiter('a', { maxFrameBytes: -1 }), 'maxFrameBytes'],
    [() => lengthField({ size: 5 as never, maxFrameBytes: 1 }), 'size'],
    [() => parseCsv({ separator: '::' }), 'separator: expected one character'],
    [() => parseCsv({ separator: '"' }), 'another character than quote'],
    [() => parseCsv({ header: ['a', 'a'] }), "header: the name 'a' twice"],
    [() => parseJson({ onMalformed: 'skip' as never }), 'onMalformed'],
    [() => rechunk(1.5), 'whole bytes'],
    [() => limitBytes(0), 'limitBytes'],
    [() => decodeText({ encoding: 'no such' }), 'encoding'],
  ])('options are checked: %#', (make, message) => {
    expect(make).toThrow(message)
  })
})

test('a value becomes the text that JSON has for it, without quotes of its own', async () => {
  const row = { text: 'a "b"', number: 1.5, no: null, date: new Date(0), list: [1, '2'], nothing: undefined }

  expect(await flow([row]).via(formatCsv()).toArray(1)).toEqual([
    'text,number,no,date,list,nothing\n"a ""b""",1.5,,1970-01-01T00:00:00.000Z,"[1,""2""]",\n',
  ])
})

describe('text', () => {
  test('half a pair of surrogates goes with the next chunk', async () => {
    const [high, low] = ['😀'.slice(0, 1), '😀'.slice(1)] as [string, string]
    const chunks = await flow([`a${high}`, `${low}b`])
      .via(encodeText())
      .toArray(9)

    expect(new TextDecoder().decode(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])))).toBe('a😀b')
  })

  test('what is no text is refused when it is fatal', async () => {
    await expect(read(decodeText({ fatal: true }), Uint8Array.of(0xff))).rejects.toMatchObject({
      code: 'FOREBAY_CORRUPT',
    })
    await expect(read(decodeText({ fatal: true }), Uint8Array.of(0xc3))).rejects.toMatchObject({
      code: 'FOREBAY_CORRUPT',
    })
    expect(await read(decodeText(), Uint8Array.of(0xff))).toEqual(['\uFFFD'])
  })

  test('its length in bytes is known without making them', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => utf8Length(text) === bytesOf(text).length))
    expect(utf8Length('\ud800')).toBe(3)
  })

  test('a value that is not valid is malformed', async () => {
    const validate = (value: unknown): number => {
      if (typeof value !== 'number') throw new TypeError('no number')
      return value
    }
    expect(
      await flow(['1', '"x"'])
        .via(parseJson({ validate, onMalformed: 'drop' }))
        .toArray(9),
    ).toEqual([1])
    await expect(flow(['1', '"x"']).via(parseJson({ validate })).drain()).rejects.toThrow(
      'parseJson: item 2: no number',
    )
  })
})

test('views of a buffer stay what they were', () => {
  const buffer = new ByteBuffer()
  const views: { view: Uint8Array; copy: number[] }[] = []
  const take = (count: number): void => {
    const view = buffer.take(count)
    views.push({ view, copy: [...view] })
  }
  for (let round = 0; round < 200; round++) {
    buffer.push(Uint8Array.of(round, round + 1, round + 2))
    take(round % 3)
    if (round % 7 === 0) take(buffer.length)
  }
  for (const { view, copy } of views) expect([...view]).toEqual(copy)
})

test('empty chunks within a line are done with at once', async () => {
  await world(1, async (w) => {
    const source = w.source<string>()
    const sink = w.sink<string>()
    const run = w.run(source.flow.via(lines()), sink)
    sink.request(1)
    source.send('one ', ...Array<string>(100).fill(''))
    await w.advance(1)

    expect(run.inspect().ledger).toMatchObject({ in: 101, inFlight: 1 })
    source.send('line\n')
    await sink.expectNext('one line')
    sink.cancel()
    await w.advance(1)
  })
})

test('empty chunks change nothing', async () => {
  expect(await read(lines(), '', 'a', '', 'b\n', '', 'c', '')).toEqual(['ab', 'c'])
})
