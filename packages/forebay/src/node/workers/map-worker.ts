import { availableParallelism } from 'node:os'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Transferable } from 'node:worker_threads'
import type { Flow } from '../../flow/flow.ts'
import type { Elastic } from '../../flow/elastic/elastic.ts'
import type { CrewOptions } from '../../flow/workers/crew-options.ts'
import { mapCrew } from '../../flow/workers/map-crew.ts'
import { byteCount, type Bytes } from '../../kernel/bytes.ts'
import { checkFunction, checkInteger, checkNumber, checkOneOf, show } from '../../kernel/check.ts'
import { milliseconds } from '../../kernel/duration.ts'
import { processes } from './start-process.ts'
import { threads } from './start-thread.ts'

/** With less than this V8 does not start, bytes. */
const LEAST_HEAP = 8 * 2 ** 20
/** The longest time that a timer takes, ms. */
const LONGEST_MS = 0x7fffffff

export interface MapWorkerOptions<A> extends CrewOptions<A> {
  /** How many workers, or `elastic({ min, max })`; default one less than there are processors, and at least one. */
  workers?: number | Elastic
  /** `thread` (default): threads of this process. `process`: child processes, which a crash of native code or too little memory cannot take down with them. */
  kind?: 'thread' | 'process'
  /** Name of the function that the module exports; default its default export. */
  function?: string
  /** Given to every worker once, as `call.data`; it is copied. */
  data?: unknown
  /**
   * What an item owns that is moved to the worker instead of copied, such as an `ArrayBuffer`: nobody else can use it
   * afterwards. An item that was moved is not there to be tried again, so `retry` is 0 then. Only for threads.
   */
  transfer?: (item: A) => readonly Transferable[]
  /** Memory for the JavaScript objects of one worker; one that needs more dies. Default: as Node decides. */
  heap?: Bytes
}

/**
 * Works on items in threads or child processes: `module` exports a function of an item and a `WorkerCall`, which gives the
 * result or a promise of it. Items go out in parcels, by credit: no worker ever has more than `window` parcels, and
 * nothing waits outside of that. A worker that dies or hangs is replaced, and what it had is tried again, item by item,
 * so that the one it died of fails alone; work on an item may so begin more than once. All workers end with the flow,
 * before `run.done` is fulfilled.
 *
 * Throws `TypeError` for a module that is no absolute path, `file:` or `data:` URL, and `RangeError` for options out of
 * range. A flow whose module cannot be loaded fails with `FOREBAY_WORKER_START`.
 *
 * Emits: when the result of the next item in order is there; with `order: 'completion'` when any result is.
 * Backpressures: when every worker has its `window` of parcels, results that wait for downstream or for an earlier item included.
 * Completes: when upstream has, every result was taken, and every worker has ended.
 * Cancels: when downstream cancels, or an item fails under `onError: 'stop'`; signals of running work abort, and a worker that goes on for a second is ended.
 * Loses: nothing, except items that fail under `onError: 'resume'` (reason `error`) or `dead-letter`.
 *
 * @example
 * // thumbnails.js: export default (file, { signal }) => resize(file, { signal })
 * files.via(mapWorker(new URL('./thumbnails.js', import.meta.url), { workers: 4, timeout: '5s', key: (file) => file.name }))
 */
export function mapWorker<A, B>(module: URL | string, options: MapWorkerOptions<A> = {}): (flow: Flow<A>) => Flow<B> {
  const {
    workers = Math.max(1, availableParallelism() - 1),
    kind = 'thread',
    function: name = 'default',
    data,
    transfer,
    heap,
    ...rest
  } = options
  if (typeof workers !== 'object') checkInteger('workers', workers, 1, 1024)
  checkOneOf('kind', kind, ['thread', 'process'])
  if (typeof name !== 'string') throw new TypeError(`function: expected the name of an export, got ${show(name)}`)
  const heapMb =
    heap === undefined ? undefined : checkNumber('heap', byteCount('heap', heap), LEAST_HEAP, Infinity) / 2 ** 20
  const { timeout, perWorker = 1 } = rest
  const timeoutMs = timeout === undefined ? 0 : checkNumber('timeout', milliseconds('timeout', timeout), 1, LONGEST_MS)
  const setup = { module: urlOf(module), function: name, data, perWorker, timeoutMs }
  if (transfer === undefined) {
    const start = kind === 'thread' ? threads(setup, heapMb, undefined) : processes(setup, heapMb)
    return mapCrew<A, B>('mapWorker', start, workers, rest)
  }
  checkFunction('transfer', transfer)
  if (kind !== 'thread') throw new TypeError('transfer: expected threads, since nothing can be moved to a process')
  if ((rest.retry ?? 0) !== 0) {
    throw new RangeError(
      `retry: expected 0 with transfer, since moved items are gone with their worker, got ${rest.retry}`,
    )
  }
  return mapCrew<A, B>('mapWorker', threads(setup, heapMb, transfer), workers, { ...rest, retry: 0 })
}

function urlOf(module: URL | string): string {
  const text = String(module)
  if (/^(?:file|data):/.test(text)) return text
  if (isAbsolute(text)) return pathToFileURL(text).href
  throw new TypeError(
    `module: expected an absolute path or a URL such as new URL('./work.js', import.meta.url), got ${show(text)}`,
  )
}
