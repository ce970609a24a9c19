import { afterEach, describe, expect, test, vi } from 'vitest'
import { execute } from '../execute.ts'
import { provide, requireService } from './require-service.ts'
import type { Skip } from './skips.ts'

const chromium = await requireService('chromium')

describe.skipIf(!chromium.available)('a required program', () => {
  test('is a binary that answers', async () => {
    const { stdout } = await execute(chromium.path, ['--version'], { cwd: '/', withinMs: 30_000 })

    expect(stdout).toMatch(/\d+\.\d+/)
  })

  test('is found once, however many tests ask for it', () => {
    expect(requireService('chromium')).toBe(requireService('chromium'))
  })
})

describe('a program whose variable names something else', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('is a skip that says so and what to type; nothing is installed instead', async () => {
    vi.stubEnv('FOREBAY_PROBE', '/no/such/binary')
    const skips: Skip[] = []
    const recipe = { variable: 'FOREBAY_PROBE', binaries: ['node'], probe: ['--version'], packages: ['some-package'] }

    const service = await provide('probe', recipe, (skip) => skips.push(skip))

    expect(service).toEqual({ name: 'probe', available: false, path: '' })
    expect(skips).toMatchObject([
      { what: 'probe', reason: 'FOREBAY_PROBE names /no/such/binary, which does not answer' },
    ])
    expect(skips[0]?.command).toContain('apt-get install -y --no-install-recommends some-package')
  })
})
