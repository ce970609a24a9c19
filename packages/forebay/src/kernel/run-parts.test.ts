import { describe, expect, it } from 'vitest'
import type { RunningEdge } from './run-environment.ts'
import { RunParts } from './run-parts.ts'
import { StageAccount } from './stage-account.ts'

const edge = (): RunningEdge => ({ length: 0, isBalanced: () => true, inspect: () => ({}) as never })

function counting() {
  const parts = new RunParts('run')
  const stage = (name: string, count = 0, kind = 'map'): StageAccount => {
    const made = parts.stage((id) => new StageAccount({ id, name, kind, slots: 1, sync: true, meter: undefined }))
    made.in = count
    return made
  }
  const counts = (): [string, number][] => [...parts.stages].map(({ id, in: count }) => [id, count])
  return { parts, stage, counts }
}

describe('the parts of a run', () => {
  it('have ids that are given once', () => {
    const { parts, stage, counts } = counting()
    stage('a')
    const forget = parts.scope(() => void stage('b'))
    forget()
    parts.edge(edge())
    parts.scope(() => parts.edge(edge()))()
    parts.edge(edge())
    stage('c')

    expect(counts().map(([id]) => id)).toEqual(['run:s0', 'run:s1', 'run:s2'])
    expect([...parts.edges.values()]).toEqual(['run:e0', 'run:e2'])
  })

  it('that come and go leave their counts to the first of their kind and name', () => {
    const { parts, stage, counts } = counting()
    for (let n = 1; n <= 5; n++) {
      parts.scope(() => {
        stage('a', n)
        stage('a', 100, 'filter')
        stage('b', 10)
      })()
    }

    expect(counts()).toEqual([
      ['run:s0', 15],
      ['run:s1', 500],
      ['run:s2', 50],
    ])
  })

  it('that have gone are closed, and go once', () => {
    const { parts, stage, counts } = counting()
    const made: StageAccount[] = []
    const first = parts.scope(() => void made.push(stage('a', 1)))
    const second = parts.scope(() => void made.push(stage('a', 2)))
    for (const each of made) each.inFlight = 7
    for (const forget of [first, first, second, second]) forget()

    expect(made.map(({ inFlight }) => inFlight)).toEqual([0, 0])
    expect(counts()).toEqual([['run:s0', 3]])
  })

  it('that are not in a scope stay as they are', () => {
    const { parts, stage, counts } = counting()
    stage('a', 1)
    const forget = parts.scope(() => void stage('a', 2))
    stage('a', 3)
    parts.edge(edge())
    forget()

    expect(counts().map(([, count]) => count)).toEqual([1, 2, 3])
    expect(parts.edges.size).toBe(1)
  })

  it('leave nothing behind when they cannot be built', () => {
    const { parts, stage, counts } = counting()
    const build = (): void => {
      stage('a', 1)
      parts.edge(edge())
      throw new Error('no')
    }

    expect(() => parts.scope(build)).toThrow('no')
    stage('b')
    expect(counts()).toEqual([['run:s1', 0]])
    expect(parts.edges.size).toBe(0)
  })

  it('that are named anew for ever are followed up to 32 names', () => {
    const { parts, stage, counts } = counting()
    for (let n = 0; n < 100; n++) parts.scope(() => void stage(`name ${n}`, 1))()
    parts.scope(() => void stage('name 31', 1))()
    parts.scope(() => void stage('name 32', 1))()

    expect(counts()).toHaveLength(32)
    expect(counts().at(-1)).toEqual(['run:s31', 2])
  })
})
