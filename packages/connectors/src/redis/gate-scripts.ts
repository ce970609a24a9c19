import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { StoredAlgorithm } from 'forebay/gates'

export type ScriptName = StoredAlgorithm | 'slots'

export interface GateScript {
  readonly text: string
  readonly sha: string
}

let scripts: Record<ScriptName, GateScript> | undefined

/** The scripts that decide in Redis; read from the files beside the source once. */
export function gateScripts(): Readonly<Record<ScriptName, GateScript>> {
  return (scripts ??= {
    gcra: read('gcra'),
    'token-bucket': read('token-bucket'),
    'fixed-window': read('fixed-window'),
    'sliding-window': read('sliding-window'),
    slots: read('slots'),
  })
}

/** `src` is published beside `dist`, and this file stands equally deep in both. */
function read(name: ScriptName): GateScript {
  const text = readFileSync(new URL(`../../src/redis/${name}.lua`, import.meta.url), 'utf8')
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}
