import { handlesOf, noteOutside, usesOf } from './handles.ts'
import type { Handle, Use } from './handles.ts'
import { doorName, importOf } from './imports.ts'
import type { Replaced } from './imports.ts'
import { callItself, objectText, optionsText, textsOf } from './rewrite.ts'
import type { SourceFile } from './source-file.ts'
import { isCallable, numberOf, propertiesOf } from './syntax.ts'
import type { Node } from './syntax.ts'

const module = 'p-queue'
const known = ['concurrency', 'interval', 'intervalCap', 'timeout']

/** `new PQueue({ ... })` and what is added to it. */
export function migratePQueue(file: SourceFile): Replaced | undefined {
  const imported = importOf(file, module)
  const maker = imported?.main ?? imported?.names.get('PQueue')
  if (imported === undefined || maker === undefined) return undefined
  const handles = handlesOf(file, maker)
  const changed = handles.filter((handle) => changeQueue(file, handle))
  const isStillUsed = file.references(maker).length > changed.length
  return changed.length > 0 ? { imported, isStillUsed } : undefined
}

function changeQueue(file: SourceFile, handle: Handle): boolean {
  const options = propertiesOf(handle.args[0])
  if (options === undefined) {
    file.note(handle.made, 'the options of PQueue are not written here: change it by hand')
    return false
  }
  const text = textsOf(file, options)
  const isPaced = options.has('intervalCap') && options.has('interval')
  const rate = isPaced
    ? objectText({ limit: text('intervalCap'), per: text('interval'), burst: text('intervalCap') })
    : undefined
  if (!options.has('concurrency') && rate === undefined) {
    file.note(
      handle.made,
      'a queue without concurrency or interval bounds nothing, so there is no gate to put in its place',
    )
    return false
  }
  file.replace(
    handle.made.start,
    handle.made.end,
    `${doorName(file)}(${objectText({ concurrency: text('concurrency'), rate, timeout: text('timeout') })})`,
  )
  for (const [name, node] of options) {
    if (!known.includes(name)) file.note(node, `the option '${name}' has no counterpart and was left out`)
  }
  if (options.has('timeout'))
    file.note(
      handle.made,
      'a timeout rejects the call (p-queue gives undefined unless throwOnTimeout), and work that goes on keeps its place',
    )
  file.note(handle.made, 'at most 1,000 calls wait, and one more is refused with a Shed; name `line` for another bound')
  for (const use of usesOf(file, handle)) changeUse(file, use)
  noteOutside(file, handle)
  return true
}

function changeUse(file: SourceFile, use: Use): void {
  if (use.kind === 'method' && use.name === 'add') return changeAdd(file, use.member, use.at, use.args)
  if (use.kind === 'method' && use.name === 'addAll' && use.args.length === 1) {
    const [list] = use.args as [Node]
    const [open, close] = isCallable(list) || list.type === 'CallExpression' ? ['', ''] : ['(', ')']
    file.replace(use.call.start, list.start, `Promise.all(${open}`)
    file.replace(list.end, use.call.end, `${close}.map((work) => ${file.source(use.at)}(work)))`)
    return
  }
  if (use.kind === 'property' && use.name === 'size')
    return file.replace(use.at.end, use.member.end, '.gate.stats.waiting')
  if (use.kind === 'property' && use.name === 'pending')
    return file.replace(use.at.end, use.member.end, '.gate.stats.inUse')
  const hints: Readonly<Record<string, string>> = {
    onIdle:
      'there is no onIdle: await the calls themselves, `Promise.all(calls)`, or pull a source with `.map(source, work)`',
    onEmpty: 'there is no onEmpty: pull a source with `.map(source, work)`, which is never ahead',
    onSizeLessThan: 'there is no onSizeLessThan: pull a source with `.map(source, work)`, which is never ahead',
    pause:
      'pause with a breaker that is forced open: `breaker({ forced: "open" })` of forebay/gates, `set({ forced: false })` to go on',
    clear: 'there is no clear: give the calls a `signal` and abort it',
    addAll: 'addAll with options: give each call its own',
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

function changeAdd(file: SourceFile, member: Node, at: Node, args: readonly Node[]): void {
  const [work, second] = args
  if (work === undefined) return
  // What is added is given a `signal` there as here, so it can stay as it is.
  callItself(file, at, member)
  if (second === undefined) return
  const options = propertiesOf(second)
  if (options === undefined) {
    return file.note(
      second,
      'the options of add are not written here: `priority` is `level` (0 is the most important), `signal` and `timeout` stay',
    )
  }
  const priority = options.get('priority')
  const value = numberOf(priority)
  if (priority !== undefined && value === undefined)
    file.note(priority, 'priorities are levels 0 to 3 here, 0 being the most important')
  // p-queue runs the greatest priority first and takes 0 for none; ours is level 1.
  const level = value === undefined ? undefined : value > 0 ? '0' : value === 0 ? undefined : '2'
  const text = textsOf(file, options)
  for (const name of options.keys()) {
    if (!['priority', 'signal', 'timeout'].includes(name))
      file.note(second, `the option '${name}' has no counterpart and was left out`)
  }
  const own = optionsText({ level, signal: text('signal'), timeout: text('timeout') })
  file.replace(work.end, second.end, own)
}
