import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readData } from '../../packages/forebay/src/testkit/marbles/lane.ts'
import { families } from '../../packages/forebay/test/laws/families.ts'
import { callOf } from './call-of.ts'
import { docOfExport, docOfMethod, methodsOf } from './doc-comments.ts'
import { piecesOf } from './inventory.ts'
import { pagesOf } from './pages.ts'
import { drawPicture } from './picture.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'docs/operators')
const pages = await pagesOf(await families(), piecesOf(root))

describe('docs/operators', () => {
  it.each(pages.map(({ file, text }) => [file, text] as const))(
    '%s is up to date: npm run cards -- --write',
    (file, text) => {
      expect(existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '').toBe(text)
    },
  )

  it('has no page of a family that is gone', () => {
    expect(readdirSync(folder).toSorted()).toEqual(pages.map(({ file }) => file).toSorted())
  })
})

describe('a doc comment', () => {
  const source = [
    '/**',
    ' * Twice {@link x}. And more.',
    ' *',
    ' * Emits: when an item arrives. Backpressures: when downstream does; not',
    ' * before. Loses: nothing.',
    ' *',
    ' * @example',
    ' * twice(2)',
    ' */',
    'export function twice<T extends { a: number }>(',
    '  value: T,',
    '): (flow: Flow<T>) => Flow<T> {',
    '  return value',
    '}',
    'class Flow {',
    '  /** Half. */',
    '  half(a: () => void): { b: number }',
    '  half(a?: unknown): unknown {',
    '    check(a)',
    '  }',
    '}',
  ].join('\n')

  it('has a summary, its text, the lines that it has, and a signature', () => {
    expect(docOfExport(source, 'twice')).toEqual({
      summary: 'Twice `x`.',
      text: ['Twice `x`. And more.'],
      lines: { emits: 'when an item arrives.', backpressures: 'when downstream does; not before.', loses: 'nothing.' },
      signature: 'twice<T extends { a: number }>(\n  value: T,\n): (flow: Flow<T>) => Flow<T>',
    })
    expect(docOfExport(source, 'thrice')).toBeUndefined()
  })

  it('is found on methods, each once', () => {
    expect(methodsOf(source)).toEqual(['half'])
    expect(docOfMethod(source, 'half')).toMatchObject({
      summary: 'Half.',
      signature: 'half(a: () => void): { b: number }',
    })
  })
})

describe('a picture', () => {
  it('has one column for each instant, and can be read back', () => {
    const lanes = ['-1-2 40ms (34|)', '--(56)'].map((lane, at) => ({ name: 'ab'[at] as string, ...readData(lane) }))
    const rows = drawPicture(lanes).split('\n')

    expect(rows).toEqual(['a  -1-   2 40ms (34|)', 'b  --(56)'])
    expect(readData((rows[0] as string).slice(3)).events).toEqual(readData('-1-2 40ms (34|)').events)
  })
})

describe('the code of a picture', () => {
  const source = [
    'const list = [',
    '  {',
    "    operator: (flow) => flow.via(late({ by: ',' }, 2)),",
    '    card: {',
    "      of: 'late',",
    "      emits: { data: '1' },",
    '    },',
    '  },',
    '  {',
    '    operator: (flow) => flow.other(),',
    '    card: {',
    "      of: 'late',",
    "      variant: 'far',",
    "      emits: [{ op: (flow) => flow.via(late(9)), data: '1' }],",
    '    },',
    '  },',
    ']',
  ].join('\n')

  it('is that of its example, else that of its subject', () => {
    expect(callOf(source, 'late', undefined)).toBe("flow.via(late({ by: ',' }, 2))")
    expect(callOf(source, 'late', 'far')).toBe('flow.via(late(9))')
    expect(callOf(source, 'early', undefined)).toBeUndefined()
  })
})
