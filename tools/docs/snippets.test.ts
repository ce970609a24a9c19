import { expect, test } from 'vitest'
import { checkedOf, snippetsOf } from './snippets.ts'

const page = (...lines: string[]) => lines.join('\n')

test('finds each block with its language, tags and the line where its code begins', () => {
  const snippets = snippetsOf(page('# Title', '```ts no-run', 'const a = 1', '```', '', '```text', 'b', '```'))

  expect(snippets).toEqual([
    { language: 'ts', tags: ['no-run'], code: 'const a = 1', line: 3 },
    { language: 'text', tags: [], code: 'b', line: 7 },
  ])
})

test('reads a block inside a list without its indent, and a fence shown inside a longer fence', () => {
  const [inList, outer] = snippetsOf(page('- item', '  ```sh', '  ls', '  ```', '````text', '```ts', '```', '````'))

  expect(inList?.code).toBe('ls')
  expect(outer?.code).toBe(page('```ts', '```'))
})

test('refuses a bare fence, a language or tag that would escape the checks, and a fence left open', () => {
  expect(() => snippetsOf(page('```', 'x', '```'))).toThrow('line 1: expected a fence of ts, js, sh, text')
  expect(() => snippetsOf(page('```typescript', 'x', '```'))).toThrow("got 'typescript'")
  expect(() => snippetsOf(page('```ts norun', 'x', '```'))).toThrow("ts has no tag 'norun'")
  expect(() => snippetsOf(page('```ts', 'x'))).toThrow('line 1: the fence is never closed')
})

test('keeps the line numbers of the page and carries on a block that continues', () => {
  const [first, second, third] = checkedOf(
    snippetsOf(page('```ts', 'a', '```', '```ts continues', 'b', '```', '```ts', 'c', '```')),
  )

  expect(first?.source).toBe(page('', 'a'))
  expect(second?.source).toBe(page('', 'a', '', '', 'b'))
  expect(third?.source).toBe(page('', '', '', '', '', '', '', 'c'))
})

test('takes the output that a block must print from the block that follows it', () => {
  const blocks = checkedOf(snippetsOf(page('```sh', 'echo hi', '```', '', '```text output', 'hi', '```')))

  expect(blocks).toMatchObject([{ language: 'sh', output: 'hi' }])
})
