import { describe, expect, test } from 'vitest'
import { nodeVersions, provideNode } from '../packed/node-versions.ts'
import { requireService } from '../services/require-service.ts'
import { playPageRound } from './page-round.ts'
import { playRound } from './round.ts'

/**
 * The core's tests outside of the Node that runs everything else, once each and with fewer schedules than `npm run repeat`:
 * on the other Node lines, and in a browser.
 */
const chromium = await requireService('chromium')
const others = nodeVersions.filter((version) => version.split('.')[0] !== process.versions.node.split('.')[0])

test.for(others)('the core keeps its promises on Node %s', { timeout: 900_000 }, async (version, context) => {
  const node = (await provideNode(version)) ?? context.skip(`no Node ${version} here`)
  const round = await playRound({ node, version, seed: 1, part: 'core', trials: 20 })

  expect(round.failures).toEqual([])
  expect(round.passed).toBeGreaterThan(1500)
})

describe.skipIf(!chromium.available)('in Chromium', () => {
  test('the core keeps its promises', { timeout: 900_000 }, async () => {
    const { failures, passed, left } = await playPageRound(chromium.path, { seed: 1, trials: 20 })

    expect(failures).toEqual([])
    expect(passed).toBeGreaterThan(1200)
    expect(
      left.map(({ needs }) => needs).filter((needs) => !/^(node:|the global |the module loader)/.test(needs)),
    ).toEqual([])
  })

  test('a test that fails is told with its message', { timeout: 120_000 }, async () => {
    const { failures } = await playPageRound(chromium.path, { seed: 1, tests: ['tools/repeat/page/planted.ts'] })

    expect(failures).toMatchObject([
      { test: expect.stringContaining('fails'), message: expect.stringContaining('expected 1') },
    ])
  })
})
