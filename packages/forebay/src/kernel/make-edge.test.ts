import { expect, test } from 'vitest'
import { EdgeRig } from '../../test/support/edge-rig.ts'
import { CountedEdge } from './counted-edge.ts'
import { Edge } from './edge.ts'
import type { EdgeOptions } from './edge-options.ts'
import { makeEdge } from './make-edge.ts'
import { MemoryBudget } from './memory-budget.ts'

const made = (options: Partial<EdgeOptions>, memory?: MemoryBudget) => new EdgeRig(makeEdge, options, memory).edge

test('an edge only counts where nothing but its items bounds it, and does more wherever it has to', () => {
  expect(made({})).toBeInstanceOf(CountedEdge)
  expect(made({ overflow: 'drop-oldest' })).toBeInstanceOf(Edge)
  expect(made({ deferred: true })).toBeInstanceOf(Edge)
  expect(made({ bytes: 100 })).toBeInstanceOf(Edge)
  expect(made({}, new MemoryBudget(100))).toBeInstanceOf(Edge)
})

test('an edge whose items expire is the one that the limit of age brings', () => {
  const own = made({})

  expect(made({ ttl: { ms: 10, edge: () => own } })).toBe(own)
})
