import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { contentPolicy } from '../server/page.ts'
import { buildPage } from './build-page.ts'

const html = await buildPage()

test('the page is at most 84 kB gzipped', () => {
  expect(gzipSync(html, { level: 9 }).length).toBeLessThanOrEqual(84_000)
})

test('the page asks for nothing beyond itself', () => {
  const outside = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1]!)

  expect(outside.filter((url) => !url.startsWith('data:'))).toEqual([])
  expect(html).not.toMatch(/@import|url\(\s*['"]?https?:/)
})

test('the policy lets run the script and the style of the page and no other', () => {
  const policy = contentPolicy(html)

  expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}=';/)
  expect(policy).not.toContain('unsafe')
  expect(contentPolicy(html.replace('</script>', ' </script>'))).not.toBe(policy)
})
