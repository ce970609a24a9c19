import { ForebayError } from 'forebay'
import type * as driver from '@platformatic/kafka'

export type Driver = typeof driver

/** The driver, an optional peer dependency: loaded with the first store that needs it. */
export async function loadDriver(): Promise<Driver> {
  try {
    return await import('@platformatic/kafka')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new ForebayError('FOREBAY_UNAVAILABLE', 'kafka: needs its driver: npm install @platformatic/kafka', {
      cause: error,
    })
  }
}
