import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const NAMES = ['put', 'take', 'settle', 'extend', 'reclaim', 'depth', 'peek', 'redrive', 'purge'] as const

export type QueueScriptName = (typeof NAMES)[number]

export interface QueueScript {
  readonly text: string
  readonly sha: string
}

let scripts: ReadonlyMap<QueueScriptName, QueueScript> | undefined

/** One of the scripts that keep a queue in Redis; read from the files beside the source once. */
export function queueScript(name: QueueScriptName): QueueScript {
  if (scripts === undefined) {
    const prelude = read('prelude')
    scripts = new Map(NAMES.map((each) => [each, build(read(each), prelude)]))
  }
  return scripts.get(name) as QueueScript
}

/** The first line of a script says how the server may run it; what all of them share comes behind it. */
function build(own: string, prelude: string): QueueScript {
  const end = own.indexOf('\n') + 1
  const text = own.slice(0, end) + prelude + own.slice(end)
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** `src` is published beside `dist`, and this file stands equally deep in both. */
function read(name: string): string {
  return readFileSync(new URL(`../../../src/redis/queue/${name}.lua`, import.meta.url), 'utf8')
}
