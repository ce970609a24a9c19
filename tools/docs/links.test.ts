import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { relativeLinksOf } from './links.ts'
import { pagesOf } from './pages.ts'

const root = join(import.meta.dirname, '../..')

test('finds links and leaves out URLs, fragments of the page and code', () => {
  const page = ['[a](b.md#c) [x](https://x.y) [d](#e) `[f](g)`', '```text', '[h](i)', '```', '![j](k.png)'].join('\n')

  expect(relativeLinksOf(page)).toEqual(['b.md', 'k.png'])
})

test.each(pagesOf(root))('every relative link of %s leads to a file', (page) => {
  const targets = relativeLinksOf(readFileSync(join(root, page), 'utf8'))

  expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
})
