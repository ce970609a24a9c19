import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { panes } from './panes.ts'
import { resumeAt } from './resume.ts'
import { settings } from './settings.ts'

describe('settings', () => {
  it('plays everything when nothing is said', () => {
    expect(settings({}, 3_000_000)).toMatchObject({ port: 7787, rate: 25_000, rows: 3_000_000, twin: true, pace: 2500 })
  })

  it('takes what the environment says', () => {
    const env = {
      FLIGHTS_DATA: '/tmp/x',
      FLIGHTS_ROWS: '20000',
      FLIGHTS_FROM: '5',
      FLIGHTS_TWIN: '0',
      FLIGHTS_PORT: '0',
    }
    expect(settings(env, 3_000_000)).toMatchObject({ data: '/tmp/x', rows: 20_000, from: 5, twin: false, port: 0 })
  })

  it.each([
    ['FLIGHTS_RATE', 'fast'],
    ['FLIGHTS_RATE', '0'],
    ['FLIGHTS_ROWS', '4000000'],
    ['FLIGHTS_TWIN', 'yes'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => settings({ [name]: value }, 3_000_000)).toThrow(`${name}: expected a whole number`)
  })
})

describe('resumeAt', () => {
  it('goes on behind the last flight that was acknowledged, and begins anew after the last of all', () => {
    const folder = mkdtempSync(join(tmpdir(), 'forebay-resume-'))
    const log = join(folder, 'acks.log')
    expect(resumeAt(log, 1000)).toBe(0)
    writeFileSync(log, '0-499\n500-620\n')
    expect(resumeAt(log, 1000)).toBe(621)
    writeFileSync(log, '0-499\n500-999\n')
    expect(resumeAt(log, 1000)).toBe(0)
    rmSync(folder, { recursive: true })
  })
})

describe('panes', () => {
  it('shows how the twin climbs and dies', () => {
    expect(panes({ twin: undefined })).toEqual([])
    const alive = { type: 'twin', state: 'running', heapMb: 40, limitMb: 96, held: 120_000 } as const
    expect(panes({ twin: alive })).toMatchObject([{ state: 'alive', heapMb: 40, limitMb: 96 }])
    const dead = { ...alive, state: 'dead', error: 'JavaScript heap out of memory' } as const
    const [pane] = panes({ twin: dead })
    expect(pane).toMatchObject({ state: 'dead', error: 'JavaScript heap out of memory' })
    expect(pane?.sentence).toContain('120,000')
  })
})
