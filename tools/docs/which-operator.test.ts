import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const docs = join(import.meta.dirname, '../../docs')
const guide = join(docs, 'guides/which-operator.md')
const index = readFileSync(join(docs, 'operators/README.md'), 'utf8')
const links = [...readFileSync(guide, 'utf8').matchAll(/\[`([\w.]+)`\]\((\S+?)#(\w+)\)/g)].map(
  ([, name = '', page = '', anchor = '']) => ({ name, page, anchor }),
)
const names = [...index.matchAll(/^\| \[`([\w.]+)`\]/gm)].map(([, name = '']) => name)

test('there are names and links to compare', () => {
  expect(names.length).toBeGreaterThan(110)
  expect(links.length).toBeGreaterThan(110)
})

test.each(names)('%s is found by what somebody wants', (name) => {
  expect(links.map((link) => link.name)).toContain(name)
})

test.each(links)('the link of $name leads to it', ({ name, page, anchor }) => {
  const headings = readFileSync(join(dirname(guide), page), 'utf8').match(/^## .*$/gm) ?? []

  expect(headings).toContain(`## ${name}`)
  expect(anchor).toBe(name.toLowerCase().replace('.', ''))
})
