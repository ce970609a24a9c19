import { policyKind, policyName, policyText } from './cockatiel-policy.ts'
import type { PolicyText } from './cockatiel-policy.ts'
import { noteOutside, usesOf } from './handles.ts'
import type { Handle, Use } from './handles.ts'
import { doorName, importOf } from './imports.ts'
import type { Imported, Replaced } from './imports.ts'
import { callItself, objectText, optionsText } from './rewrite.ts'
import type { SourceFile } from './source-file.ts'
import { nodesOf } from './syntax.ts'
import type { Node } from './syntax.ts'

const module = 'cockatiel'
const policies = ['wrap', 'bulkhead', 'timeout', 'retry', 'circuitBreaker', 'fallback']

/** Policies that are executed, alone or wrapped, with those that they are made of. */
export function migrateCockatiel(file: SourceFile): Replaced | undefined {
  const imported = importOf(file, module)
  if (imported === undefined) return undefined
  const gone = new Set<Node>()
  for (const handle of policiesOf(file, imported)) {
    const uses = usesOf(file, handle)
    if (uses.some((use) => use.kind === 'method' && use.name === 'execute'))
      changePolicy(file, imported, handle, uses, gone)
  }
  if (gone.size === 0) return undefined
  removeUnused(file, gone)
  return { imported, isStillUsed: isStillUsed(file, imported, gone) }
}

function policiesOf(file: SourceFile, imported: Imported): readonly Handle[] {
  return file.nodes.flatMap((made) => {
    if (made.type !== 'CallExpression' || !policies.includes(policyKind(imported, made) ?? '')) return []
    const name = policyName(file, made)
    return name === undefined ? [] : [{ name, made, args: nodesOf(made['arguments']) }]
  })
}

function changePolicy(
  file: SourceFile,
  imported: Imported,
  handle: Handle,
  uses: readonly Use[],
  gone: Set<Node>,
): void {
  const read = new Set<Node>()
  if (!handle.name.startsWith('this.') && file.declarations(handle.name) !== 1)
    return file.note(handle.made, `'${handle.name}' is declared more than once in this file: change it by hand`)
  const text = policyText(file, imported, handle.made, read)
  if (typeof text === 'string') return file.note(handle.made, `${text}: change it by hand`)
  const { fallback, ...door } = text
  if (door.concurrency === undefined && door.breaker === undefined) {
    return file.note(
      handle.made,
      'neither bulkhead nor breaker, so there is no gate: use `admit(gate, work, { timeout, retry })` of forebay/gates with a limit',
    )
  }
  file.replace(
    handle.made.start,
    handle.made.end,
    `${doorName(file)}(${objectText(door as Record<string, string | undefined>)})`,
  )
  for (const declarator of read) gone.add(declarator)
  gone.add(handle.made)
  noteDifferences(file, handle, text)
  for (const use of uses) changeUse(file, use, fallback)
  noteOutside(file, handle)
}

function noteDifferences(file: SourceFile, handle: Handle, text: PolicyText): void {
  if (text.timeout !== undefined)
    file.note(
      handle.made,
      'the timeout counts from when the call was admitted, each try has it anew, and work that goes on keeps its place',
    )
  if (text.retry !== undefined)
    file.note(
      handle.made,
      'retries have a budget here (one in ten calls and three a second), shared by all calls through this gate; name `retry.budget` for another',
    )
  if (text.breaker?.includes('failureRate') === true && !text.breaker.includes('consecutive'))
    file.note(handle.made, 'a rate says something from 20 calls on (`breaker.min`)')
}

function changeUse(file: SourceFile, use: Use, fallback: string | undefined): void {
  if (use.kind === 'method' && use.name === 'execute') {
    callItself(file, use.at, use.member)
    const [work, signal] = use.args
    if (work === undefined) return
    const own = optionsText({ signal: signal === undefined ? undefined : file.source(signal), fallback })
    file.replace(work.end, signal?.end ?? work.end, own)
    const [parameter] = nodesOf(work['params'])
    if (parameter !== undefined && /\battempt\b/.test(file.source(work)))
      file.note(work, 'attempt counts from 1 here, from 0 in cockatiel')
    return
  }
  const name = use.kind === 'method' || use.kind === 'property' ? use.name : ''
  if (name.startsWith('on'))
    file.note(
      use.at,
      `'${name}': \`.gate.inspect()\` and \`.gate.stats\` show what happens; alerts and the console follow them`,
    )
  else if (use.kind !== 'other') file.note(use.at, `'${name}' has no counterpart`)
}

/** Takes away policies that were only part of one that has been changed. */
function removeUnused(file: SourceFile, gone: Set<Node>): void {
  for (const declarator of gone) {
    if (declarator.type !== 'VariableDeclarator') continue
    const declaration = file.parentOf(declarator)
    const name = file.source(declarator['id'] as Node)
    const outside = file.references(name).filter((node) => !isInside(file, node, gone))
    const isAlone = nodesOf(declaration?.['declarations']).length === 1
    if (
      declaration === undefined ||
      !isAlone ||
      outside.length > 0 ||
      file.parentOf(declaration)?.type === 'ExportNamedDeclaration'
    ) {
      gone.delete(declarator)
      continue
    }
    const isLine = file.text[declaration.end] === '\n'
    file.replace(declaration.start, declaration.end + (isLine ? 1 : 0), '')
  }
}

function isStillUsed(file: SourceFile, imported: Imported, gone: ReadonlySet<Node>): boolean {
  return [...imported.names.values()].some((local) =>
    file.references(local).some((node) => !isInside(file, node, gone)),
  )
}

function isInside(file: SourceFile, node: Node, gone: ReadonlySet<Node>): boolean {
  for (let at: Node | undefined = node; at !== undefined; at = file.parentOf(at)) if (gone.has(at)) return true
  return false
}
