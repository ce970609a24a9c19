import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { StoredAlgorithm } from 'forebay/gates'

export interface RateScript {
  readonly text: string
  readonly sha: string
}

let scripts: Record<StoredAlgorithm, RateScript> | undefined

/** The scripts that decide in Redis, by algorithm; read from the files beside the source once. */
export function rateScripts(): Readonly<Record<StoredAlgorithm, RateScript>> {
  return (scripts ??= {
    gcra: read('gcra'),
    'token-bucket': read('token-bucket'),
    'fixed-window': read('fixed-window'),
    'sliding-window': read('sliding-window'),
  })
}

/** `src` is published beside `dist`, and this file stands equally deep in both. */
function read(name: StoredAlgorithm): RateScript {
  const text = readFileSync(new URL(`../../src/redis/${name}.lua`, import.meta.url), 'utf8')
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}
