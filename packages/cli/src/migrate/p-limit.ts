import { handlesOf, noteOutside, usesOf } from './handles.ts'
import type { Handle, Use } from './handles.ts'
import { doorName, importOf, usesNames } from './imports.ts'
import type { Replaced } from './imports.ts'
import { objectText, wrapWork } from './rewrite.ts'
import type { SourceFile } from './source-file.ts'
import { propertiesOf } from './syntax.ts'
import type { Node } from './syntax.ts'

const module = 'p-limit'

/** `pLimit(5)` and the calls of it. */
export function migratePLimit(file: SourceFile): Replaced | undefined {
  const imported = importOf(file, module)
  if (imported?.main === undefined) return undefined
  const changed = handlesOf(file, imported.main).filter((handle) => changeLimit(file, handle))
  const isStillUsed = file.references(imported.main).length > changed.length || usesNames(file, imported)
  return changed.length > 0 ? { imported, isStillUsed } : undefined
}

function changeLimit(file: SourceFile, handle: Handle): boolean {
  const concurrency = concurrencyOf(file, handle.args[0])
  if (concurrency === undefined) {
    file.note(handle.made, 'the options of pLimit are not written here: change it by hand')
    return false
  }
  file.replace(handle.made.start, handle.made.end, `${doorName(file)}(${objectText({ concurrency })})`)
  for (const use of usesOf(file, handle)) changeUse(file, use)
  noteOutside(file, handle)
  file.note(
    handle.made,
    'at most 1,000 calls wait, and one more is refused with a Shed; name `line` for another bound, or use `.map(source, work)`, which never runs ahead',
  )
  return true
}

function concurrencyOf(file: SourceFile, first: Node | undefined): string | undefined {
  if (first === undefined) return undefined
  const properties = propertiesOf(first)
  if (properties === undefined) return first.type === 'SpreadElement' ? undefined : file.source(first)
  const concurrency = properties.get('concurrency')
  return concurrency === undefined ? undefined : file.source(concurrency)
}

function changeUse(file: SourceFile, use: Use): void {
  if (use.kind === 'call') {
    const [work, ...extra] = use.args
    if (work !== undefined) wrapWork(file, work, extra, '')
  } else if (use.kind === 'property' && use.name === 'activeCount') {
    file.replace(use.at.end, use.member.end, '.gate.stats.inUse')
  } else if (use.kind === 'property' && use.name === 'pendingCount') {
    file.replace(use.at.end, use.member.end, '.gate.stats.waiting')
  } else if (use.kind === 'method' && use.name === 'map') {
    file.note(
      use.call,
      '`map` gives a flow here, which pulls: end it with `.toArray(max)`, or loop over it with `for await`',
    )
  } else if (use.kind === 'method' && use.name === 'clearQueue') {
    file.note(use.call, 'there is no clearQueue: give the calls a `signal` and abort it')
  } else if (use.kind === 'property' && use.name === 'concurrency') {
    file.note(use.member, 'change the concurrency of a running gate with `set` of a `limit` from forebay/gates')
  } else file.note(use.at, `'${file.source(use.at)}' is passed on: see that what gets it calls a function`)
}
