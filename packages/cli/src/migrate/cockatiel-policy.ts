import { boundTo } from './handles.ts'
import type { Imported } from './imports.ts'
import { objectText } from './rewrite.ts'
import type { SourceFile } from './source-file.ts'
import { bare, isNode, nameOf, nodesOf, propertiesOf } from './syntax.ts'
import type { Node } from './syntax.ts'

/** What a policy becomes in the options of a door, as source text. */
export interface PolicyText {
  concurrency?: string
  line?: string
  breaker?: string
  timeout?: string
  retry?: string
  /** Given with each call. */
  fallback?: string
}

/** The exported name of what a call makes, if it is one of cockatiel's. */
export function policyKind(imported: Imported, node: Node): string | undefined {
  const callee = nameOf(node['callee'])
  for (const [exported, local] of imported.names) if (local === callee) return exported
  return undefined
}

/** What a policy becomes, or why it cannot be changed. `seen` collects the declarations that are read on the way. */
export function policyText(file: SourceFile, imported: Imported, given: Node, seen: Set<Node>): PolicyText | string {
  const node = bare(given)
  if (node.type === 'Identifier') {
    const declarator = file.nodes.find(
      (each) => each.type === 'VariableDeclarator' && nameOf(each['id']) === nameOf(node),
    )
    if (declarator === undefined || !isNode(declarator['init']))
      return `'${file.source(node)}' is not made in this file`
    seen.add(declarator)
    return policyText(file, imported, declarator['init'], seen)
  }
  const args = nodesOf(node['arguments'])
  const text = (value: Node | undefined): string | undefined => (value === undefined ? undefined : file.source(value))
  switch (policyKind(imported, node)) {
    case 'wrap':
      return together(args.map((arg) => policyText(file, imported, arg, seen)))
    case 'bulkhead':
      return { concurrency: text(args[0]) ?? '1', line: text(args[1]) ?? '0' }
    case 'timeout':
      return { timeout: text(args[0]) ?? '0' }
    case 'retry':
      return handlesAll(file, args[0]) ?? retryText(file, args[1])
    case 'circuitBreaker':
      return handlesAll(file, args[0]) ?? breakerText(file, imported, args[1])
    case 'fallback':
      return handlesAll(file, args[0]) ?? fallbackText(file, args[1])
    default:
      return `'${file.source(node).slice(0, 40)}' is no policy that has a counterpart`
  }
}

/** A reason not to change it, unless the policy is for every error. */
function handlesAll(file: SourceFile, handler: Node | undefined): string | undefined {
  return handler !== undefined && file.source(handler) === 'handleAll'
    ? undefined
    : 'a policy for some errors only is `classify` (for the breaker) and `retry.on` here'
}

function together(parts: readonly (PolicyText | string)[]): PolicyText | string {
  const all: PolicyText = {}
  for (const part of parts) {
    if (typeof part === 'string') return part
    for (const name of Object.keys(part)) if (name in all) return `two policies of the kind '${name}' in one`
    Object.assign(all, part)
  }
  return all
}

function retryText(file: SourceFile, options: Node | undefined): PolicyText | string {
  const given = propertiesOf(options)
  if (given === undefined) return 'the options of retry are not written here'
  const max = given.get('maxAttempts')
  const backoff = given.get('backoff')
  const known = backoff === undefined ? undefined : propertiesOf(nodesOf(backoff['arguments'])[0])
  const first = nodesOf(backoff?.['arguments'])[0]
  const isConstant = nameOf(backoff?.['callee']) === 'ConstantBackoff' && first !== undefined
  const at = (name: string): string | undefined => {
    const node = known?.get(name)
    return node === undefined ? undefined : file.source(node)
  }
  const pauses = isConstant
    ? objectText({ base: file.source(first), factor: '1' })
    : objectText({ base: at('initialDelay'), max: at('maxDelay'), factor: at('exponent') })
  return {
    retry: objectText({
      max: max === undefined ? '1000' : file.source(max),
      backoff: pauses === '{}' ? undefined : pauses,
    }),
  }
}

function breakerText(file: SourceFile, imported: Imported, options: Node | undefined): PolicyText | string {
  const given = propertiesOf(options)
  const kind = given?.get('breaker')
  if (given === undefined || kind === undefined) return 'the options of circuitBreaker are not written here'
  const openFor = given.get('halfOpenAfter')
  if (openFor !== undefined && isNode(openFor) && openFor.type === 'NewExpression')
    return 'a backoff as halfOpenAfter is `openFor` and `maxOpenFor` here'
  const base = { openFor: openFor === undefined ? undefined : file.source(openFor), probes: '1' }
  const [first] = nodesOf(kind['arguments'])
  const name = policyKind(imported, kind)
  if (name === 'ConsecutiveBreaker' && first !== undefined) {
    return { breaker: objectText({ consecutive: file.source(first), failureRate: '1', min: '0x3fffffff', ...base }) }
  }
  const settings = propertiesOf(first)
  const at = (option: string): string | undefined => {
    const node = settings?.get(option)
    return node === undefined ? undefined : file.source(node)
  }
  if (settings === undefined) return 'the options of the breaker are not written here'
  if (name === 'SamplingBreaker') {
    return { breaker: objectText({ failureRate: at('threshold'), window: at('duration'), ...base }) }
  }
  if (name === 'CountBreaker') {
    const size = at('size')
    const window = size === undefined ? undefined : `{ calls: ${size} }`
    return { breaker: objectText({ failureRate: at('threshold'), window, min: at('minimumNumberOfCalls'), ...base }) }
  }
  return 'a breaker of your own has no counterpart'
}

function fallbackText(file: SourceFile, value: Node | undefined): PolicyText | string {
  if (value === undefined) return 'a fallback without a value'
  const text = file.source(value)
  return { fallback: value.type.includes('Function') ? text : `() => (${text})` }
}

/** What a policy is called that is used by itself. */
export function policyName(file: SourceFile, made: Node): string | undefined {
  return boundTo(file, made)
}
