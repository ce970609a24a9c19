import { describe, expect, test } from 'vitest'
import type { Graph } from './graph.ts'
import { isSharedFailure } from './shared-failure.ts'
import type { EdgeSnapshot } from './snapshot.ts'

const error = new Error('broken')

interface Sketch {
  /** Sinks, and whether each has had its end. */
  sinks: Record<string, boolean>
  /** Segments by stage, and what each has failed with. */
  segments?: Record<string, unknown>
  /** Sources by stage, and whether each is over. */
  sources?: Record<string, boolean>
  edges: string[]
}

function shared({ sinks, segments = {}, sources = {}, edges }: Sketch): boolean {
  const graph = {
    sinks: Object.entries(sinks).map(([id, hasTold]) => ({ stage: { id }, feeding: { hasTold } })),
    segments: new Set(
      Object.entries(segments).map(([id, failed]) => ({
        stage: { id },
        failure: failed === undefined ? undefined : { error: failed },
      })),
    ),
    sources: new Set(Object.entries(sources).map(([id, isOver]) => ({ stage: { id }, isOver }))),
  }
  const arrows = edges.map((edge) => {
    const [from, to] = edge.split('>')
    return { from, to } as EdgeSnapshot
  })
  return isSharedFailure(graph as unknown as Graph, arrows, error)
}

describe('an error that a run has failed with', () => {
  const chain: Sketch = {
    sinks: { save: false },
    segments: { read: error },
    sources: { read: true },
    edges: ['read>save'],
  }

  test('will be told to a sink when it was raised above it', () => {
    expect(shared(chain)).toBe(true)
    expect(shared({ ...chain, edges: ['read>parse', 'parse>save'] })).toBe(true)
    expect(shared({ ...chain, edges: [] })).toBe(false)
    expect(shared({ ...chain, edges: ['save>read'] })).toBe(false)
  })

  test('will be told to all sinks or to none: a branch alone ends the others at once', () => {
    const fan: Sketch = { ...chain, sinks: { save: false, log: false }, edges: ['read>save', 'read>log'] }

    expect(shared(fan)).toBe(true)
    expect(shared({ ...fan, edges: ['read>save', 'other>log'] })).toBe(false)
  })

  test('needs not be told to a sink that has had its end', () => {
    expect(shared({ ...chain, sinks: { save: false, log: true } })).toBe(true)
    expect(shared({ ...chain, sinks: { log: true }, segments: {} })).toBe(true)
  })

  test('is another one than that of a segment above, or of none', () => {
    expect(shared({ ...chain, segments: { read: new Error('another') } })).toBe(false)
    expect(shared({ ...chain, segments: { read: undefined } })).toBe(false)
    expect(shared({ ...chain, segments: { read: undefined, parse: error }, edges: ['read>parse', 'parse>save'] })).toBe(
      true,
    )
  })

  test('waits for nobody: no source above may still run', () => {
    expect(shared({ ...chain, sources: { read: false } })).toBe(false)
    expect(shared({ ...chain, sources: { read: true, other: false } })).toBe(true)
    expect(shared({ ...chain, sources: { read: true, other: false }, edges: ['read>save', 'other>save'] })).toBe(false)
  })

  test('is found in a graph with a ring', () => {
    expect(shared({ ...chain, edges: ['read>a', 'a>b', 'b>a', 'a>save'] })).toBe(true)
  })
})
