import { checkFunction, checkInteger, checkNumber } from '../kernel/check.ts'
import type { PeekedMessage, RedriveOptions } from './queue.ts'

const SLICE_MS = 100

/** How dead letters go back, checked and complete. */
export interface Redrive<T> {
  readonly max: number
  readonly rate: number
  readonly filter: (message: PeekedMessage<T>) => boolean
  /** How many go at once; after them comes a pause that keeps the rate. */
  readonly bucket: number
}

export function checkRedrive<T>(options: RedriveOptions<T>): Redrive<T> {
  const rate = checkNumber('rate', options.rate ?? 100, 0.001, 1e9)
  return {
    max: options.max === undefined ? Infinity : checkInteger('max', options.max, 1),
    rate,
    filter: checkFunction('filter', options.filter ?? (() => true)),
    bucket: Math.max(1, Math.floor((rate * SLICE_MS) / 1000)),
  }
}
