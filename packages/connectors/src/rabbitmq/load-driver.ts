import { ForebayError } from 'forebay'
import type { Connection } from 'rabbitmq-client'

/** The driver, an optional peer dependency: loaded with the first store that needs it. */
export async function loadDriver(): Promise<{ readonly Connection: typeof Connection }> {
  try {
    return await import('rabbitmq-client')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new ForebayError('FOREBAY_UNAVAILABLE', 'amqp: needs its driver: npm install rabbitmq-client', {
      cause: error,
    })
  }
}
