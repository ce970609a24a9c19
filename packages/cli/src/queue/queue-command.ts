import { byteCount, milliseconds, type Bytes, type Duration } from 'forebay'
import type { MessageState, Queue, Store } from 'forebay/queue'
import { EXIT, UsageError } from '../errors/exit-codes.ts'
import { checked, parseOptions, type ParsedValues } from '../parse-options.ts'
import { bench } from './bench.ts'
import { inspect } from './inspect.ts'
import { ls } from './ls.ts'
import { redrive, wouldRedrive, type RedriveChoice } from './redrive.ts'
import { messageJson, messageLines } from './show-message.ts'
import { existingQueue, withStore } from './store-option.ts'
import { tail } from './tail.ts'

const options = {
  store: { type: 'string' },
  json: { type: 'boolean' },
  state: { type: 'string' },
  max: { type: 'string' },
  every: { type: 'string' },
  for: { type: 'string' },
  rate: { type: 'string' },
  id: { type: 'string', multiple: true },
  reason: { type: 'string' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean' },
  bytes: { type: 'string' },
  batch: { type: 'string' },
} as const

type Values = ParsedValues<typeof options>
type OptionName = keyof typeof options
/** What a subcommand does; resolves with the exit code. */
type Act = (store: Store, queue: string | undefined, values: Values) => Promise<number>

const states: readonly MessageState[] = ['ready', 'leased', 'delayed', 'dead']

/** Each with the options that mean something to it, besides `--store` and `--json`. */
const acts: Readonly<Record<string, { readonly takes: readonly OptionName[]; readonly act: Act }>> = {
  ls: { takes: [], act: async (store, _, { json }) => say(await ls(store, json === true)) },
  inspect: {
    takes: [],
    act: (store, name, { json }) =>
      withQueue(store, name, async (queue) => say(await inspect(store, queue, json === true))),
  },
  peek: {
    takes: ['state', 'max'],
    act: (store, name, values) => withQueue(store, name, (queue) => peek(queue, values)),
  },
  tail: {
    takes: ['every', 'for'],
    act: (store, name, values) => withQueue(store, name, (queue) => follow(queue, values)),
  },
  redrive: {
    takes: ['max', 'rate', 'id', 'reason', 'dry-run'],
    act: (store, name, values) =>
      withQueue(store, name, (queue) => putBack(queue, values)).finally(() => tellUnvisited(store)),
  },
  purge: {
    takes: ['state', 'yes'],
    act: (store, name, values) => withQueue(store, name, (queue) => purge(queue, values)),
  },
  bench: { takes: ['for', 'bytes', 'batch'], act: (store, _, values) => measure(store, values) },
}

/** `forebay queue ls | inspect | peek | tail | redrive | purge | bench`. */
export async function queueCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({ args, options, allowPositionals: true })
  const [what, name, ...more] = positionals
  const names = Object.keys(acts).join(', ')
  if (what === undefined) throw new UsageError(`what? one of ${names}`)
  const found = acts[what]
  if (found === undefined) throw new UsageError(`there is no 'queue ${what}'; there is ${names}`)
  if (more.length > 0) throw new UsageError(`one queue at a time, got ${positionals.slice(1).join(' ')}`)
  for (const option of Object.keys(values) as OptionName[]) {
    if (option !== 'store' && option !== 'json' && !found.takes.includes(option))
      throw new UsageError(`'queue ${what}' takes no --${option}`)
  }
  return withStore(values.store, (store) => found.act(store, name, values))
}

async function withQueue(
  store: Store,
  name: string | undefined,
  work: (queue: Queue<Uint8Array>) => Promise<number>,
): Promise<number> {
  const queue = await existingQueue(store, name)
  try {
    return await work(queue)
  } finally {
    await queue.close()
  }
}

async function peek(queue: Queue<Uint8Array>, values: Values): Promise<number> {
  const messages = await queue.peek(
    wholeNumber('max', values.max ?? '10', 1000),
    stateOf(values.state ?? 'ready', states),
  )
  if (values.json === true) return say(messages.map((message) => `${JSON.stringify(messageJson(message))}\n`).join(''))
  const now = Date.now()
  return say(messages.map((message) => `${messageLines(message, now).join('\n')}\n`).join(''))
}

async function follow(queue: Queue<Uint8Array>, values: Values): Promise<number> {
  await interruptible(async (signal) =>
    tail(queue, {
      everyMs: checked(() => milliseconds('--every', (values.every ?? '1s') as Duration)),
      forMs: values.for === undefined ? Infinity : checked(() => milliseconds('--for', values.for as Duration)),
      json: values.json === true,
      write: (text) => void process.stdout.write(text),
      signal,
    }),
  )
  return EXIT.ok
}

function putBack(queue: Queue<Uint8Array>, values: Values): Promise<number> {
  return interruptible(async (signal) => {
    const choice: RedriveChoice = {
      max: values.max === undefined ? undefined : wholeNumber('max', values.max),
      rate: values.rate === undefined ? undefined : wholeNumber('rate', values.rate),
      ids: values.id ?? [],
      reason: values.reason,
      signal,
    }
    const isTrial = values['dry-run'] === true
    const before = queue.stats().redriven
    let isCut = false
    const redriven = isTrial
      ? await wouldRedrive(queue, choice)
      : await redrive(queue, choice).catch((error: unknown) => {
          if (!signal.aborted) throw error
          isCut = true
          return queue.stats().redriven - before
        })
    const { dead } = await queue.measure()
    if (values.json === true) say(`${JSON.stringify({ queue: queue.name, redriven, dead, dryRun: isTrial })}\n`)
    else
      say(
        `${isTrial ? 'would put back' : 'put back'} ${redriven} of ${isTrial ? dead : dead + redriven} dead letters\n`,
      )
    return isCut ? EXIT.interrupted : EXIT.ok
  })
}

async function purge(queue: Queue<Uint8Array>, values: Values): Promise<number> {
  if (values.state === undefined) throw new UsageError('which state? --state ready or --state dead')
  const state = stateOf(values.state, ['ready', 'dead'])
  const { ready, delayed, dead } = await queue.measure()
  const there = state === 'dead' ? dead : ready + delayed
  if (values.yes !== true) throw new UsageError(`this removes ${there} messages of ${queue.name} for good; say --yes`)
  const purged = await queue.purge(state)
  return say(values.json === true ? `${JSON.stringify({ queue: queue.name, purged })}\n` : `removed ${purged}\n`)
}

async function measure(store: Store, values: Values): Promise<number> {
  const result = await bench(store, {
    forMs: checked(() => milliseconds('--for', (values.for ?? '4s') as Duration)),
    bytes: checked(() => byteCount('--bytes', (values.bytes ?? '1KiB') as Bytes)),
    batch: wholeNumber('batch', values.batch ?? '256', 10_000),
  })
  if (values.json === true) return say(`${JSON.stringify(result)}\n`)
  const { publishedPerSecond, consumedPerSecond, putP50, putP99, durability } = result
  return say(
    `${result.store}, ${durability}, ${result.bytes} B, batches of ${result.batch}\n` +
      `put          ${publishedPerSecond.toLocaleString('en')}/s, a batch p50 ${putP50.toFixed(1)} ms, p99 ${putP99.toFixed(1)} ms\n` +
      `take and ack ${consumedPerSecond.toLocaleString('en')}/s\n`,
  )
}

/** Does `work` until it is over or the person says so. */
async function interruptible<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const interrupted = new AbortController()
  const stop = (): void => interrupted.abort()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    return await work(interrupted.signal)
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}

/** Dead letters that a redrive did not get to. */
function tellUnvisited({ reports }: Store): void {
  for (const { kind, message } of reports) if (kind === 'unvisited') process.stderr.write(`${message}\n`)
}

function say(text: string): number {
  process.stdout.write(text)
  return EXIT.ok
}

function stateOf<S extends MessageState>(asked: string, allowed: readonly S[]): S {
  const state = allowed.find((each) => each === asked)
  if (state === undefined) throw new UsageError(`--state: expected ${allowed.join(', ')}, got '${asked}'`)
  return state
}

function wholeNumber(option: string, text: string, most = 1e9): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new UsageError(`--${option}: expected a whole number from 1 to ${most}, got '${text}'`)
}
