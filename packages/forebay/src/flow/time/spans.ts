import { settle } from '../../kernel/context.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/**
 * An item, and then none for `span`: what comes too early is dropped. `audit` keeps the newest instead of the first, a
 * gate of `flow.through` keeps them all and holds upstream back.
 *
 * Emits: when an item arrives and `span` is over since the last one. Backpressures: when downstream does. Completes: when
 * upstream completes. Cancels: when downstream cancels. Loses: items that come too early, counted as `sampled`.
 */
export function sampleFirst<T>(span: Duration): (flow: Flow<T>) => Flow<T> {
  const ms = milliseconds('sampleFirst', span)
  const options = { cardinality: 'filter', loses: 'items that come too early' } as const
  const piece = operator<T, T>('sampleFirst', options, (down, control) => {
    let next = -Infinity
    return {
      push: (value, context) => {
        const now = control.clock.now()
        if (now < next) return control.discard(context, 'sampled')
        next = now + ms
        down.push(value, context)
      },
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * The items that come within `span` of the run's start.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: after `span`, with or without demand, or when
 * upstream completes. Cancels: after `span`, or when downstream cancels. Loses: nothing.
 */
export function takeWithin<T>(span: Duration): (flow: Flow<T>) => Flow<T> {
  const ms = milliseconds('takeWithin', span)
  const piece = operator<T, T>('takeWithin', { cardinality: 'filter' }, (down, control) => {
    let isOver = false
    const stop = control.clock.after(ms, () => {
      isOver = true
      control.finish()
    })
    return {
      push: (value, context) => {
        // What was on its way when the time was over.
        if (isOver) control.discard(context, 'take')
        else down.push(value, context)
      },
      fail: (error) => (isOver ? down.complete() : down.fail(error)),
      close: stop,
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * The items that come later than `span` after the run's start.
 *
 * Emits: when an item arrives after `span`. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels. Loses: nothing; an item that comes before counts as filtered.
 */
export function skipWithin<T>(span: Duration): (flow: Flow<T>) => Flow<T> {
  const ms = milliseconds('skipWithin', span)
  const piece = operator<T, T>('skipWithin', { cardinality: 'filter' }, (down, { clock }) => {
    const begin = clock.now()
    return {
      push: (value, context) => {
        if (clock.now() - begin < ms) settle(context, 'filtered')
        else down.push(value, context)
      },
    }
  })
  return (flow) => flow.via(piece)
}

/**
 * Fails with `FOREBAY_TIMEOUT` when the flow has not completed within `limit` of the run's start.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels, or the time is over. Loses: nothing.
 */
export function completionTimeout<T>(limit: Duration): (flow: Flow<T>) => Flow<T> {
  const ms = milliseconds('completionTimeout', limit)
  const piece = operator<T, T>('completionTimeout', { cardinality: 'filter' }, (down, control) => {
    let isOver = false
    const stop = control.clock.after(ms, () => {
      isOver = true
      down.fail(new ForebayError('FOREBAY_TIMEOUT', `completionTimeout: not completed within ${ms} ms`))
    })
    return {
      push: (value, context) => {
        if (isOver) control.discard(context, 'timeout')
        else down.push(value, context)
      },
      complete: () => {
        stop()
        if (!isOver) down.complete()
      },
      fail: (error) => {
        stop()
        if (!isOver) down.fail(error)
      },
      close: stop,
    }
  })
  return (flow) => flow.via(piece)
}
