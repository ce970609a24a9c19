import { handlesOf, noteOutside, usesOf } from './handles.ts'
import type { Handle, Use } from './handles.ts'
import { doorName, importOf, usesNames } from './imports.ts'
import type { Replaced } from './imports.ts'
import { callItself, objectText, optionsText, textsOf } from './rewrite.ts'
import type { SourceFile } from './source-file.ts'
import { isCallable, isComputed, numberOf, propertiesOf } from './syntax.ts'
import type { Node } from './syntax.ts'

const module = 'opossum'
const known = [
  'timeout',
  'errorThresholdPercentage',
  'resetTimeout',
  'volumeThreshold',
  'rollingCountTimeout',
  'capacity',
  'name',
]

/** `new CircuitBreaker(action, { ... })`, `fire` and `fallback`. */
export function migrateOpossum(file: SourceFile): Replaced | undefined {
  const imported = importOf(file, module)
  if (imported?.main === undefined) return undefined
  const changed = handlesOf(file, imported.main).filter((handle) => changeBreaker(file, handle))
  const isStillUsed = file.references(imported.main).length > changed.length || usesNames(file, imported)
  return changed.length > 0 ? { imported, isStillUsed } : undefined
}

function changeBreaker(file: SourceFile, handle: Handle): boolean {
  const [action, second] = handle.args
  const options = propertiesOf(second)
  if (action === undefined || options === undefined) {
    file.note(handle.made, 'the options of CircuitBreaker are not written here: change it by hand')
    return false
  }
  const uses = usesOf(file, handle)
  const reason = unclearFallback(file, uses)
  if (reason !== undefined) {
    file.note(handle.made, reason)
    return false
  }
  const work = nameWork(file, handle, action)
  if (work === undefined) return false
  const text = textsOf(file, options)
  const breaker = objectText({
    failureRate: shareOf(text('errorThresholdPercentage'), options.get('errorThresholdPercentage')),
    min: text('volumeThreshold'),
    window: text('rollingCountTimeout'),
    openFor: text('resetTimeout') ?? '30_000',
    probes: '1',
  })
  const timeout = text('timeout') ?? '10_000'
  file.replace(
    handle.made.start,
    handle.made.end,
    `${doorName(file)}(${objectText({ concurrency: text('capacity'), breaker, timeout: timeout === 'false' ? undefined : timeout, name: text('name') })})`,
  )
  for (const [name, node] of options) if (!known.includes(name)) file.note(node, hintFor(name))
  if (!options.has('volumeThreshold'))
    file.note(
      handle.made,
      'it opens only after 20 calls in its window (opossum: after the first one that fails); name `breaker.min` for another number',
    )
  if (options.has('capacity'))
    file.note(
      handle.made,
      'calls beyond the capacity wait in a line of 1,000; name `line: 0` to refuse them as opossum does',
    )
  const fallback = fallbackOf(file, uses)
  for (const use of uses) changeUse(file, use, work, fallback)
  noteOutside(file, handle)
  return true
}

/** What to call for the action: its name, or that of a constant that is put before the breaker. */
function nameWork(file: SourceFile, handle: Handle, action: Node): string | undefined {
  if (isCallable(action) && !isComputed(action)) return file.source(action)
  const declarator = file.parentOf(handle.made)
  const declaration = declarator === undefined ? undefined : file.parentOf(declarator)
  if (declarator?.type !== 'VariableDeclarator' || declaration?.type !== 'VariableDeclaration') {
    file.note(handle.made, 'give the function of this breaker a name of its own first')
    return undefined
  }
  const name = `${handle.name}Work`
  const around = file.parentOf(declaration)
  const statement = around?.type === 'ExportNamedDeclaration' ? around : declaration
  file.replace(statement.start, statement.start, () => `const ${name} = ${file.edited(action)}\n`)
  return name
}

function shareOf(text: string | undefined, node: Node | undefined): string | undefined {
  const percent = numberOf(node)
  return percent === undefined ? text && `(${text}) / 100` : String(percent / 100)
}

function hintFor(name: string): string {
  const hints: Readonly<Record<string, string>> = {
    errorFilter: "errorFilter: give the calls `classify`, which says 'ok' or 'ignore' for errors that are no failures",
    cache: 'cache: `coalesce()` shares calls in flight, `lastGood()` stands in with the last result (forebay/gates)',
    enabled: 'enabled: `breaker: { forced: "closed" }` lets everything through',
    allowWarmUp: 'allowWarmUp is `breaker.min`',
    abortController: 'abortController: the work is given a `signal`, which aborts at the timeout',
  }
  return hints[name] ?? `the option '${name}' has no counterpart and was left out`
}

/** Why the fallback of a breaker cannot go along with each `fire`. */
function unclearFallback(file: SourceFile, uses: readonly Use[]): string | undefined {
  const fallbacks = uses.flatMap((use) => (use.kind === 'method' && isFallback(file, use) ? [use.call] : []))
  const [first] = fallbacks
  if (first === undefined) return undefined
  if (fallbacks.length > 1) return 'it is given a fallback more than once: change it by hand'
  const fires = uses.flatMap((use) => (use.kind === 'method' && use.name === 'fire' ? [use] : []))
  if (fires.some(({ at }) => at.start > first.start && at.end < first.end))
    return 'its fallback fires it again: change it by hand'
  return fires.some(({ args }) => args.some(isComputed))
    ? 'with a fallback, the arguments of `fire` are needed twice: give those that are computed a name'
    : undefined
}

/** The fallback that the breaker was given, if it was given one, in a statement of its own. */
function fallbackOf(file: SourceFile, uses: readonly Use[]): Node | undefined {
  const use = uses.find((each) => isFallback(file, each))
  if (use?.kind !== 'method') return undefined
  const statement = file.parentOf(use.call) as Node
  file.replace(statement.start, statement.end, '')
  return use.args[0]
}

function isFallback(file: SourceFile, use: Use): boolean {
  return (
    use.kind === 'method' &&
    use.name === 'fallback' &&
    use.args.length === 1 &&
    file.parentOf(use.call)?.type === 'ExpressionStatement'
  )
}

function changeFire(
  file: SourceFile,
  use: Extract<Use, { kind: 'method' }>,
  work: string,
  fallback: Node | undefined,
): void {
  const { at, member, call, args } = use
  const [first, last] = [args[0], args.at(-1)]
  callItself(file, at, member)
  const close = (): string => {
    if (fallback === undefined) return '))'
    const given = [...args.map((arg) => file.edited(arg)), 'error'].join(', ')
    return `)${optionsText({ fallback: `(error) => (${file.edited(fallback)})(${given})` })})`
  }
  if (first === undefined || last === undefined) {
    return file.replace(member.end, call.end, () => `(() => ${work}(${close()}`)
  }
  const name = /\bargs\b/.test(work) ? 'given' : 'args'
  const open = args.some(isComputed) ? `(((...${name}) => () => ${work}(...${name}))(` : `(() => ${work}(`
  file.replace(member.end, first.start, open)
  file.replace(last.end, call.end, close)
}

function changeUse(file: SourceFile, use: Use, work: string, fallback: Node | undefined): void {
  if (use.kind === 'method' && use.name === 'fire') return changeFire(file, use, work, fallback)
  if (use.kind === 'method' && use.name === 'fallback' && fallback !== undefined) return
  const hints: Readonly<Record<string, string>> = {
    on: 'events: `.gate.inspect().parts` shows the state; alerts and the console follow it',
    open: 'open by hand: `set({ forced: "open" })` of a `breaker` from forebay/gates',
    close: 'close by hand: `set({ forced: "closed" })` of a `breaker` from forebay/gates',
    fallback: 'give each call its `fallback`',
    shutdown: 'shutdown is not needed: a breaker keeps no timer',
    opened: 'the state is in `.gate.inspect().parts`',
    closed: 'the state is in `.gate.inspect().parts`',
    halfOpen: 'the state is in `.gate.inspect().parts`',
    stats: 'read `.gate.stats`',
    call: 'call the gate with a function',
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
