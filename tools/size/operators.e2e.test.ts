import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bundledSize, dist } from './bundle.ts'

const entry = 'flow/operators.js'
const names = Object.keys((await import(join(dist, entry))) as object)

/** What one operator may add to a program that has flows already, gzipped. */
const LIMIT = 3 * 1024

describe('one operator of forebay/operators', () => {
  test('is not the only one', () => expect(names.length).toBeGreaterThan(5))

  test.each(names)('%s adds only itself', async (name) => {
    const program = `import { flow } from './index.js'\n`
    const base = await bundledSize(`${program}console.log(flow)`)
    const more = await bundledSize(`${program}import { ${name} } from './${entry}'\nconsole.log(flow, ${name})`)

    expect(more - base).toBeLessThan(LIMIT)
  })

  test('would be seen to add others', async () => {
    const everything = await bundledSize(`export * from './${entry}'\nexport { flow } from './index.js'`)

    expect(everything - (await bundledSize(`export { flow } from './index.js'`))).toBeGreaterThan(LIMIT)
  })
})
