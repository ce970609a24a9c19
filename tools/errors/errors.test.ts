import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'docs/errors')
const read = (path: string): string => readFileSync(path, 'utf8')

/** The members of the union `ErrorCode`, from its text: a type leaves nothing that could be asked at run time. */
function codesOf(source: string): string[] {
  const [, union = ''] = /export type ErrorCode =((?:\s*\|?\s*'[A-Z_]+')+)/.exec(source) ?? []
  return [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code = '']) => code)
}

const codes = codesOf(read(join(root, 'packages/forebay/src/kernel/errors.ts')))
const pages = readdirSync(folder)
  .filter((name) => name !== 'README.md')
  .map((name) => name.replace(/\.md$/, ''))

test('every code has a page, and every page a code', () => {
  expect(codes.length).toBeGreaterThan(10)
  expect(pages.toSorted()).toEqual(codes.toSorted())
})

test('every code in the sources is declared', () => {
  const sources = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^[^/]+\/src\/.*\.tsx?$/.test(path))
    .flatMap((path) => [...read(join(root, 'packages', path)).matchAll(/(?<!env\[)['"`](FOREBAY_[A-Z_]+)['"`]/g)])
    .map(([, code = '']) => code)

  expect(sources.length).toBeGreaterThan(codes.length)
  expect([...new Set(sources)].filter((code) => !codes.includes(code))).toEqual([])
})

describe.each(pages)('the page of %s', (code) => {
  const page = read(join(folder, `${code}.md`))

  test('says what it means, when it is seen and what to do', () => {
    expect(page).toMatch(
      new RegExp(String.raw`^# ${code}\n\n\S.+\.\n\n## When you see it\n\n\S[^]+\n\n## What to do\n\n\S`),
    )
  })
})

test('the index lists every code with the first sentence of its page (vitest -u writes it)', async () => {
  const rows = codes.map((code) => {
    const [, meaning = ''] = /^# .+\n\n(.+)\n/.exec(read(join(folder, `${code}.md`))) ?? []
    return `| [${code}](${code}.md) | ${meaning} |`
  })
  const index = `# Error codes

Every condition that Forebay reports is a \`ForebayError\` with a stable \`code\`, the \`cause\` when there is one, and \`retryable\`, which is true when the same work may succeed later. Recognise one with \`isForebayError(error, code)\`, which also holds for an error of another installed copy. Misuse, such as an option out of its range, is a \`RangeError\` or a \`TypeError\` instead and names the option, what was expected and what it got.

| code | meaning |
|---|---|
${rows.join('\n')}
`

  await expect(index).toMatchFileSnapshot(join(folder, 'README.md'))
})
