import { useOnce } from './one-shot.ts'

/** What is used of a web `ReadableStream`; any runtime's own has it. */
export interface WebReadable<T> {
  getReader(): {
    read(): Promise<{ done: boolean; value?: T | undefined }>
    cancel(reason?: unknown): Promise<void>
    releaseLock(): void
  }
  readonly locked: boolean
}

export function isWebReadable(source: object): source is WebReadable<unknown> {
  const { getReader, locked } = source as Partial<WebReadable<unknown>>
  return typeof getReader === 'function' && typeof locked === 'boolean'
}

/** The chunks of a web stream, one read for one item of demand. The lock is given back at the end, whichever end it is. */
export function webStreamItems<T>(stream: WebReadable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      useOnce(stream, 'this ReadableStream')
      const reader = stream.getReader()
      const released = (): void => reader.releaseLock()
      return {
        next: async () => {
          try {
            const { done, value } = await reader.read()
            if (!done) return { done, value: value as T }
          } catch (error) {
            released()
            throw error
          }
          released()
          return { done: true, value: undefined }
        },
        return: async (reason?: unknown) => {
          await reader.cancel(reason).finally(released)
          return { done: true, value: undefined }
        },
      }
    },
  }
}
