import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A dead letter of the inbox, as `forebay queue peek --json` prints it; what is looked at here. */
export interface DeadLetter {
  readonly body: { readonly id: number }
  readonly history: readonly { readonly reason: string }[]
}

/** The dead letters of the inbox in a store that any URL may name, in the order of ids; the first thousand. */
export async function deadLetters(store: string): Promise<DeadLetter[]> {
  const args = ['packages/cli/bin/forebay.js', 'queue', 'peek', 'inbox', '--state', 'dead', '--max', '1000', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, [...args, '--store', store], { cwd: root })
  const letters = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as DeadLetter)
  return letters.toSorted((a, b) => a.body.id - b.body.id)
}
