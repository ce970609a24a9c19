import { settle, type Context } from '../../../src/kernel/context.ts'
import { operator, type Operator } from '../../../src/kernel/operator.ts'

interface Held {
  readonly value: unknown
  readonly context: Context | undefined
}

/** Operators that should hand on what they get, each with one fault. */
export const thieves = {
  'loses an item without a word': () =>
    operator('lose', { cardinality: 'filter' }, (down) => {
      let count = 0
      return {
        push: (value, context) => {
          if (++count !== 2) down.push(value, context)
        },
      }
    }),

  'filters out an item that it should keep': () =>
    operator('sieve', { cardinality: 'filter' }, (down) => {
      let count = 0
      return {
        push: (value, context) => {
          if (++count === 2) settle(context, 'filtered')
          else down.push(value, context)
        },
      }
    }),

  'sends an item twice': () =>
    operator('twice', { cardinality: 'many' }, (down) => {
      let count = 0
      return {
        push: (value, context) => {
          down.push(value, context)
          if (++count === 2 && down.hasCredit()) down.push(value, context)
        },
      }
    }),

  'sends more than it has credit for': () =>
    operator('more', { cardinality: 'many' }, (down) => ({
      push: (value, context) => {
        down.push(value, context)
        if (!down.hasCredit()) down.push(value, undefined)
      },
    })),

  'swaps neighbours': () =>
    operator('swap', { cardinality: 'one', bound: 1 }, (down) => {
      let held: Held | undefined
      let end: (() => void) | undefined
      const flush = (): void => {
        if (held !== undefined && !down.hasCredit()) return
        const last = held
        held = undefined
        if (last !== undefined) down.push(last.value, last.context)
        end?.()
      }
      const endWith = (tell: () => void): void => {
        end = tell
        flush()
      }
      return {
        push: (value, context) => {
          if (held === undefined) held = { value, context }
          else {
            down.push(value, context)
            if (down.hasCredit()) flush()
          }
        },
        pull: () => {
          if (end !== undefined) flush()
        },
        complete: () => endWith(() => down.complete()),
        fail: (error) => endWith(() => down.fail(error)),
        close: (reason) => {
          settle(held?.context, 'returned', reason)
          held = undefined
        },
        held: () => (held === undefined ? 0 : 1),
      }
    }),

  'sends from a timer without credit': () =>
    operator('timer', { cardinality: 'many' }, (down, control) => {
      let stop: (() => void) | undefined
      return {
        push: (value, context) => {
          down.push(value, context)
          stop?.()
          stop = control.clock.after(1, () => down.push(value, undefined))
        },
        close: () => stop?.(),
      }
    }),

  'leaves a timer behind': () =>
    operator('ticking', { cardinality: 'one' }, (down, control) => ({
      push: (value, context) => {
        down.push(value, context)
        control.clock.after(3_600_000, () => {})
      },
    })),

  'swallows completion': () =>
    operator('endless', { cardinality: 'one' }, (down) => ({
      push: (value, context) => down.push(value, context),
      complete: () => {},
    })),

  'sends after its end': () =>
    operator('undead', { cardinality: 'many' }, (down) => {
      let last: Held | undefined
      return {
        push: (value, context) => {
          last = { value, context: undefined }
          down.push(value, context)
        },
        complete: () => {
          down.complete()
          if (last !== undefined) down.push(last.value, undefined)
        },
      }
    }),

  'takes a failure for the end': () =>
    operator('deaf', { cardinality: 'one' }, (down) => ({
      push: (value, context) => down.push(value, context),
      fail: () => down.complete(),
    })),

  'drops the context': () =>
    operator('forget', { cardinality: 'one' }, (down) => ({ push: (value) => down.push(value, undefined) })),

  'ends an account too early': () =>
    operator('early', { cardinality: 'one' }, (down) => ({
      push: (value, context) => {
        settle(context, 'done')
        down.push(value, context)
      },
    })),

  'remembers the run before': () => {
    let runs = 0
    return operator('worn', { cardinality: 'filter' }, (down) => {
      const isWorn = runs++ > 0
      return {
        push: (value, context) => {
          if (isWorn) settle(context, 'filtered')
          else down.push(value, context)
        },
      }
    })
  },
} satisfies Record<string, () => Operator>
