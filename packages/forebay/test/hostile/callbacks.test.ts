import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { piecesOf } from '../../../../tools/cards/inventory.ts'
import { Flow } from '../../src/flow/flow.ts'
import type { Program } from '../../src/flow/program.ts'
import { flow } from '../../src/flow/sources.ts'
import type { Run } from '../../src/kernel/run.ts'
import { world, type World } from '../../src/testkit/world.ts'
import { looksBack } from './proxy.ts'
import { pieces, withoutItems, type Hostile, type UsesCallback } from './pieces.ts'

/** What a function of a user may do that no one expects. */
const hostile: Readonly<Record<string, Hostile>> = {
  'throws an error': () => {
    throw new Error('hostile')
  },
  'throws undefined': () => {
    throw undefined
  },
  'throws null': () => {
    throw null
  },
  'returns undefined': () => undefined,
  'returns null': () => null,
  'returns NaN': () => NaN,
  'returns −1': () => -1,
  'returns Infinity': () => Infinity,
  'returns a string': () => 'x',
  'returns a symbol': () => Symbol('x'),
  'returns itself': function itself() {
    return itself
  },
  'returns an empty object': () => ({}),
  'returns a proxy that throws at every look': looksBack,
  'returns a promise that rejects with undefined': () => {
    const promise = Promise.reject(undefined)
    promise.catch(() => {}) // where it is no more than a value, it is for its maker to handle
    return promise
  },
  'returns a promise that never settles': () => new Promise(() => {}),
  'returns a thenable that throws': () => ({
    // oxlint-disable-next-line no-thenable
    then: () => {
      throw new Error('then')
    },
  }),
  'returns a thenable that answers twice': () => ({
    // oxlint-disable-next-line no-thenable
    then: (yes: (value: number) => void, no: (error: unknown) => void) => {
      yes(1)
      yes(2)
      no(new Error('late'))
    },
  }),
  'returns an iterator that throws': () => [][Symbol.iterator].bind({}),
  'returns a flow that fails': () => new Flow({ type: 'source', name: 'broken', create: () => failing() }),
}

const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)

beforeAll(() => {
  process.on('unhandledRejection', note)
})
afterAll(() => {
  process.off('unhandledRejection', note)
})

describe('a function of a user', () => {
  it('is put to the test wherever one may be given', () => {
    const takesFunction = piecesOf(join(import.meta.dirname, '../../../..'))
      .filter(({ doc }) => /=>|WorkContext|Writer|SinkOf|Options<[^>]*T/.test(parameters(doc?.signature ?? '')))
      .map(({ of }) => of)
    expect(takesFunction.length).toBeGreaterThan(50)
    expect(takesFunction.filter((of) => !(of in pieces) && !withoutItems.includes(of))).toEqual([])
  })

  describe.each(Object.entries(hostile))('that %s', (how, f) => {
    it.each(Object.entries(pieces))('does no harm in %s', async (_, uses) => {
      for (const use of uses) await survives(use, f, how.includes('never settles'))
      expect(unhandled.splice(0)).toEqual([])
    })
  })
})

/** It ends or can be ended, whatever `f` does, and every record is accounted for. */
async function survives(use: UsesCallback, f: Hostile, isOut: boolean): Promise<void> {
  await world(1, async (w) => {
    let made: Flow<any> | Program<any>
    try {
      made = use(f, five())
    } catch (error) {
      // A blueprint may refuse what it is given.
      expect(error).toBeInstanceOf(Error)
      return
    }
    const program = made instanceof Flow ? made.to(() => {}) : made
    let run: Run<any>
    try {
      run = program.run({ clock: w.clock, random: w.random })
    } catch {
      return // what is called to build a run makes the run throw
    }
    let isOver = false
    const over = run.done.then(
      () => (isOver = true),
      () => (isOver = true),
    )
    await pass(w)
    if (!isOver) run.cancel('enough')
    await pass(w)
    await over
    const { ledger, balanced, stages } = run.inspect()
    // A write that is out may still be done: its item is neither lost nor over.
    expect({ balanced, inFlight: isOut ? 0 : ledger.inFlight }).toEqual({ balanced: true, inFlight: 0 })
    for (const { name, emitted, in: came } of stages) expect(emitted >= 0 && came >= 0, name).toBe(true)
  })
}

async function pass(w: World): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await w.advance(100)
}

/** The parameters in a signature. */
function parameters(signature: string): string {
  return /\(([^]*)\)[^)]*$/.exec(signature)?.[1] ?? signature
}

function five(): Flow<any> {
  return flow([1, 2, 3, 4, 5])
}

function failing(): never {
  throw new Error('broken')
}
