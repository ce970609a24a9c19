import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { PressureReading } from '../../gates/limit/under-pressure.ts'
import { checkInteger, checkNumber } from '../../kernel/check.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'

/** A reading that holds something of the runtime until it is closed; it keeps no process alive. */
export interface ClosablePressureReading extends PressureReading {
  close(): void
  [Symbol.dispose](): void
}

/**
 * How late timers are: the 90th percentile since the last look, of `bearable`; default 100 ms. The first sign that a
 * process has more to do than it can.
 */
export function eventLoopDelay(options: { bearable?: Duration } = {}): ClosablePressureReading {
  const resolution = 10
  const bearableMs = checkNumber('bearable', milliseconds('bearable', options.bearable ?? 100), 1, 3_600_000)
  const delays = monitorEventLoopDelay({ resolution })
  delays.enable()
  let isOpen = true
  const close = (): void => {
    if (isOpen) delays.disable()
    isOpen = false
  }
  return {
    name: 'event-loop delay',
    read: () => {
      if (!isOpen || delays.count === 0) return 0
      const lateMs = delays.percentile(90) / 1e6 - resolution
      delays.reset()
      return Math.max(0, lateMs) / bearableMs
    },
    close,
    [Symbol.dispose]: close,
  }
}

/** How much of the heap that V8 may have is in use; `bearable` is a share of it, default 0.9. */
export function heapUsed(options: { bearable?: number } = {}): PressureReading {
  const bearable = checkNumber('bearable', options.bearable ?? 0.9, 0.01, 1)
  return {
    name: 'heap',
    read: () => {
      const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics()
      return used / most / bearable
    },
  }
}

/** How much memory the process has, of `bearable` bytes; default nine tenths of what it may have: its container's, or the machine's. */
export function memoryUsed(options: { bearable?: number } = {}): PressureReading {
  const bearable = checkInteger(
    'bearable',
    options.bearable ?? Math.floor(0.9 * available()),
    1,
    Number.MAX_SAFE_INTEGER,
  )
  return { name: 'memory', read: () => process.memoryUsage.rss() / bearable }
}

/**
 * How much processor time the process has used since the last look, of `bearable` processors; default nine tenths of
 * one, which is what JavaScript on one thread can use. `Infinity` stands for all of the machine.
 */
export function cpuUsed(options: { bearable?: number } = {}): PressureReading {
  const bearable = Math.min(checkNumber('bearable', options.bearable ?? 0.9, 0.01, Infinity), availableParallelism())
  let before = process.cpuUsage()
  let since = performance.now()
  return {
    name: 'CPU',
    read: () => {
      const now = performance.now()
      const { user, system } = process.cpuUsage(before)
      const share = (user + system) / 1000 / Math.max(1, now - since)
      before = process.cpuUsage()
      since = now
      return share / bearable
    },
  }
}

/** How many of the files and sockets that the process may open are open; `bearable` is a share, default 0.9. Always 0 where there is no /proc. */
export function openFiles(options: { bearable?: number } = {}): PressureReading {
  const bearable = checkNumber('bearable', options.bearable ?? 0.9, 0.01, 1)
  const most = openable()
  return {
    name: 'open files',
    read: () => (most === undefined ? 0 : readdirSync('/proc/self/fd').length / most / bearable),
  }
}

function available(): number {
  const constrained = process.constrainedMemory?.() ?? 0
  // Where nothing constrains it, some kernels say 0 and some an absurdly high number.
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

function openable(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}
