import { handlesOf, noteOutside, usesOf } from './handles.ts'
import type { Handle, Use } from './handles.ts'
import { doorName, importOf, usesNames } from './imports.ts'
import type { Replaced } from './imports.ts'
import { callItself, objectText, optionsText, textsOf, wrapWork } from './rewrite.ts'
import type { SourceFile } from './source-file.ts'
import { isComputed, numberOf, propertiesOf } from './syntax.ts'
import type { Node } from './syntax.ts'

const module = 'bottleneck'
const known = [
  'maxConcurrent',
  'minTime',
  'highWater',
  'reservoir',
  'reservoirRefreshAmount',
  'reservoirRefreshInterval',
]

/** `new Bottleneck({ ... })`, `schedule` and `wrap`. */
export function migrateBottleneck(file: SourceFile): Replaced | undefined {
  const imported = importOf(file, module)
  if (imported?.main === undefined) return undefined
  const changed = handlesOf(file, imported.main).filter((handle) => changeLimiter(file, handle))
  const isStillUsed = file.references(imported.main).length > changed.length || usesNames(file, imported)
  return changed.length > 0 ? { imported, isStillUsed } : undefined
}

function changeLimiter(file: SourceFile, handle: Handle): boolean {
  const options = propertiesOf(handle.args[0])
  if (options === undefined) {
    file.note(handle.made, 'the options of Bottleneck are not written here: change it by hand')
    return false
  }
  const textOf = textsOf(file, options)
  const text = (name: string): string | undefined => (textOf(name) === 'null' ? undefined : textOf(name))
  const [minTime, amount, interval] = [
    text('minTime'),
    text('reservoirRefreshAmount'),
    text('reservoirRefreshInterval'),
  ]
  const reservoir =
    amount === undefined || interval === undefined
      ? undefined
      : objectText({ limit: amount, per: interval, burst: amount })
  const rate = minTime === undefined ? reservoir : objectText({ limit: '1', per: minTime, burst: '1' })
  if (minTime !== undefined && reservoir !== undefined) {
    file.note(
      handle.made,
      `minTime became the rate; put the reservoir beside it with all([rate(${reservoir}), …]) of forebay/gates`,
    )
  } else if (options.has('reservoir') && reservoir === undefined) {
    file.note(handle.made, 'a reservoir that is refilled by hand has no counterpart')
  }
  const concurrency = text('maxConcurrent')
  if (concurrency === undefined && rate === undefined) {
    file.note(
      handle.made,
      'a limiter without maxConcurrent, minTime or a reservoir bounds nothing, so there is no gate to put in its place',
    )
    return false
  }
  const made = objectText({ concurrency, rate, line: text('highWater') })
  file.replace(handle.made.start, handle.made.end, `${doorName(file)}(${made})`)
  if (options.has('highWater'))
    file.note(
      handle.made,
      'a full line refuses the newcomer with a Shed; for LEAK use `line: { max, overflow: "drop-lowest" }`',
    )
  else
    file.note(
      handle.made,
      'at most 1,000 calls wait, and one more is refused with a Shed; name `line` for another bound',
    )
  for (const [name, node] of options) {
    if (!known.includes(name))
      file.note(
        node,
        `the option '${name}' has no counterpart here and was left out${/redis|datastore|client/i.test(name) ? ': a rate that processes share is `sharedRate` of forebay/gates' : ''}`,
      )
  }
  for (const use of usesOf(file, handle)) changeUse(file, use)
  noteOutside(file, handle)
  return true
}

function changeUse(file: SourceFile, use: Use): void {
  if (use.kind === 'method' && use.name === 'schedule') return changeSchedule(file, use.member, use.at, use.args)
  if (use.kind === 'method' && use.name === 'wrap' && use.args.length === 1) {
    const [work] = use.args as [Node]
    const at = file.source(use.at)
    const [open, close] = isComputed(work)
      ? [`((work) => (...args) => ${at}(() => work(...args)))(`, ')']
      : [`(...args) => ${at}(() => (`, ')(...args))']
    file.replace(use.call.start, work.start, open)
    return file.replace(work.end, use.call.end, close)
  }
  const hints: Readonly<Record<string, string>> = {
    submit: 'submit takes a callback: call it with a function that gives a promise',
    on: 'events: read `.gate.stats` and `.gate.inspect()`, or let the console show the gate',
    stop: 'stop: await the calls, or give them a `signal` and abort it',
    updateSettings: 'change a running gate with `set` of its parts, made with `limit` and `rate` of forebay/gates',
    key: 'a Group is `keyed(make, { max, idle })` of forebay/gates, whose memory is bounded',
    counts: 'counts: read `.gate.stats`',
  }
  const name = use.kind === 'method' || use.kind === 'property' ? use.name : ''
  file.note(
    use.at,
    hints[name] ??
      (name === ''
        ? `'${file.source(use.at)}' is passed on: see that what gets it calls a function`
        : `'${name}' has no counterpart`),
  )
}

function changeSchedule(file: SourceFile, member: Node, at: Node, args: readonly Node[]): void {
  const [first, second, ...rest] = args
  if (first === undefined) return
  callItself(file, at, member)
  const options = first.type === 'ObjectExpression' ? propertiesOf(first) : undefined
  if (options === undefined || second === undefined) return wrapWork(file, first, args.slice(1), '')
  const text = textsOf(file, options)
  const priority = numberOf(options.get('priority'))
  if (options.has('priority') && priority === undefined) file.note(first, 'priorities 0 to 9 are levels 0 to 3 here')
  // Bottleneck's default is 5 of 0 to 9, ours 1 of 0 to 3.
  const level =
    priority === undefined || priority === 5
      ? undefined
      : String(priority < 3 ? 0 : priority <= 5 ? 1 : priority < 8 ? 2 : 3)
  const own = optionsText({ level, cost: text('weight'), timeout: text('expiration') })
  wrapWork(file, second, rest, own)
  file.replace(first.start, second.start, '')
}
