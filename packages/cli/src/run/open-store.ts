import { resolve } from 'node:path'
import { openStore, type StoreUrl } from '@forebay/connectors'
import { ForebayError, isForebayError } from 'forebay'
import type { Store } from 'forebay/queue'
import { UsageError } from '../errors/exit-codes.ts'
import type { FlowFile } from '../flow-file.ts'

/**
 * The store of a flow's durable edges: where the command line says, else where the file says, else in a folder of the
 * flow's name. `undefined` for a flow that has no durable edge. Throws `FOREBAY_UNAVAILABLE` when it cannot be opened.
 */
export async function openStoreFor(file: FlowFile, asked: string | undefined): Promise<Store | undefined> {
  const { program } = file
  if (!program.explain().parts.some(({ durable }) => durable)) return undefined
  const name = program.plan.name.replaceAll(/[^\w-]/g, '_')
  const url = asked ?? file.store ?? `disk:${resolve('.forebay', name)}`
  try {
    return await openStore(url as StoreUrl)
  } catch (error) {
    if (error instanceof RangeError && asked !== undefined)
      throw new UsageError(error.message.replace(/^\w+:/, '--store:'))
    if (error instanceof RangeError || isForebayError(error)) throw error
    // Behind the scheme of a broker stands its password.
    const shown = url.replace(/:\/\/[^]*$/, '://…')
    throw new ForebayError('FOREBAY_UNAVAILABLE', `the store ${shown} cannot be opened`, { cause: error })
  }
}
