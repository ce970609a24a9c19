import { describe, expect, it, vi } from 'vitest'
import { GraphParts } from './graph-parts.ts'
import type { RunningSource } from './graph.ts'
import type { Segment } from './segment.ts'

const segment = (): Segment => ({}) as Segment
const source = (): RunningSource => ({}) as RunningSource

/** Parts with one of each, as a run begins. */
function begun() {
  const parts = new GraphParts()
  const stop = vi.fn<() => void>()
  const first = { segment: segment(), source: source() }
  parts.addSegment(first.segment)
  parts.addSource(first.source)
  parts.addStopper(stop)
  return { parts, stop, first }
}

/** Adds one of each in a scope of their own. */
function grafted(parts: GraphParts) {
  const stop = vi.fn<() => void>()
  const added = { segment: segment(), source: source() }
  const forget = parts.scope(() => {
    parts.addSegment(added.segment)
    parts.addSource(added.source)
    parts.addStopper(stop)
  })
  return { stop, added, forget }
}

describe('the parts of a running graph', () => {
  it('are all stopped at once', () => {
    const { parts, stop } = begun()
    const later = grafted(parts)
    expect(stop).not.toHaveBeenCalled()
    expect(later.stop).not.toHaveBeenCalled()
    parts.stop()
    expect(stop).toHaveBeenCalledOnce()
    expect(later.stop).toHaveBeenCalledOnce()
  })

  it('of a scope are forgotten together, and no others', () => {
    const { parts, stop, first } = begun()
    const one = grafted(parts)
    const other = grafted(parts)
    one.forget()

    expect([...parts.segments]).toEqual([first.segment, other.added.segment])
    expect([...parts.sources]).toEqual([first.source, other.added.source])
    parts.stop()
    expect(stop).toHaveBeenCalledOnce()
    expect(one.stop).not.toHaveBeenCalled()
    expect(other.stop).toHaveBeenCalledOnce()
  })

  it('that come after a scope do not belong to it', () => {
    const { parts } = begun()
    const { forget } = grafted(parts)
    const late = segment()
    parts.addSegment(late)
    forget()
    expect(parts.segments).toContain(late)
  })

  it('are not kept when building them throws, which is told', () => {
    const { parts, first } = begun()
    const stop = vi.fn<() => void>()
    const build = (): void => {
      parts.addSegment(segment())
      parts.addSource(source())
      parts.addStopper(stop)
      throw new Error('refused')
    }
    expect(() => parts.scope(build)).toThrow('refused')

    expect([...parts.segments]).toEqual([first.segment])
    expect([...parts.sources]).toEqual([first.source])
    parts.stop()
    expect(stop).not.toHaveBeenCalled()
  })

  it('that come while the run drains are stopped as they come, and the others no second time', () => {
    const { parts, stop } = begun()
    parts.stop()
    const { stop: later } = grafted(parts)
    expect(later).toHaveBeenCalledOnce()
    expect(stop).toHaveBeenCalledOnce()
  })
})
