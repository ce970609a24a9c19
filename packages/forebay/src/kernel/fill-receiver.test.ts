import { describe, expect, test } from 'vitest'
import { fillReceiver } from './fill-receiver.ts'
import type { Filling, Pull, Receiver } from './receiver.ts'

const receiver: Receiver = { next: () => {}, complete: () => {}, fail: () => {} }
const pull = (fill?: Filling['fill']): Pull => ({
  run: () => {},
  cancel: () => {},
  pulled: () => 0,
  ...(fill && { fill }),
})
const none = { enter: undefined, isShared: false }

describe('what a source has at hand', () => {
  test('goes to a buffer behind it in one go, within the turn and the credit, and spends credit for what came', () => {
    const taken: unknown[] = []
    const enter = (): undefined => undefined
    const source = pull(() => 0)
    const buffer: Receiver = {
      ...receiver,
      takeFrom: (from, items, context) => {
        taken.push([from === source, items, context === enter])
        return items - 1
      },
    }
    const port = { n: 5 }
    fillReceiver(port, source, buffer, { enter, isShared: true })
    source.generated?.(4)
    expect([taken, port.n]).toEqual([[[true, 4, true]], 2])

    source.generated?.(4)
    expect([taken[1], port.n]).toEqual([[true, 2, true], 1])
  })

  test('goes item by item where the source or the receiver cannot do that', () => {
    const cannotFill = pull()
    fillReceiver({ n: 5 }, cannotFill, { ...receiver, takeFrom: () => 1 }, none)
    const cannotTake = pull(() => 0)
    fillReceiver({ n: 5 }, cannotTake, receiver, none)

    expect([cannotFill.generated, cannotTake.generated]).toEqual([undefined, undefined])
  })
})
