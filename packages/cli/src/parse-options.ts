import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from './errors/exit-codes.ts'

/** The values of a command line that may also name things without an option. */
export type ParsedValues<O extends ParseArgsConfig['options']> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true }>
>['values']

/** `parseArgs` of Node; what it cannot understand is a {@link UsageError}, in one sentence. */
export function parseOptions<C extends ParseArgsConfig>(config: C): ReturnType<typeof parseArgs<C>> {
  try {
    return parseArgs(config)
  } catch (error) {
    // What follows is advice for a value that begins with a dash, which nobody means.
    throw new UsageError((error as Error).message.replace(/\. To specify .*/s, ''))
  }
}

/** A value that the library refuses, naming the option, is a mistake on the command line. */
export function checked(read: () => number): number {
  try {
    return read()
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
