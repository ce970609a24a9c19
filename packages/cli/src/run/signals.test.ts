import { afterEach, describe, expect, it, vi } from 'vitest'
import { onSignals } from './signals.ts'

/** Nobody but the code under test listens to these signals. */
function scene(): { told: string[]; signals: ReturnType<typeof onSignals>; send: () => void } {
  vi.useFakeTimers()
  const told: string[] = []
  const before = new Set(process.listeners('SIGINT'))
  const signals = onSignals(
    () => told.push('drain'),
    () => told.push('abort'),
  )
  const listeners = process.listeners('SIGINT').filter((listener) => !before.has(listener))
  return { told, signals, send: () => listeners.forEach((listen) => listen('SIGINT')) }
}

afterEach(() => void vi.useRealTimers())

describe('signals', () => {
  it('drain at the first and abort at the second', () => {
    const { told, signals, send } = scene()

    send()
    vi.advanceTimersByTime(1000)
    expect(signals.wasAborted()).toBe(false)
    send()

    expect(told).toEqual(['drain', 'abort'])
    expect(signals.wasAborted()).toBe(true)
    signals.stop()
  })

  it('are one when npm passes on what the terminal has sent already', () => {
    const { told, signals, send } = scene()

    send()
    vi.advanceTimersByTime(20)
    send()

    expect(told).toEqual(['drain'])
    expect(signals.wasAborted()).toBe(false)
    signals.stop()
  })

  it('are left alone once it has stopped', () => {
    const before = process.listenerCount('SIGINT')
    const { signals } = scene()
    signals.stop()

    expect(process.listenerCount('SIGINT')).toBe(before)
  })
})
