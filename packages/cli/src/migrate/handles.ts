import { bare, isNode, nameOf, nodesOf } from './syntax.ts'
import type { Node } from './syntax.ts'
import type { SourceFile } from './source-file.ts'

/** Something that was made by a call and has a name: `limit` of `const limit = pLimit(5)`, `this.queue` of a field. */
export interface Handle {
  readonly name: string
  /** The call or `new` that makes it. */
  readonly made: Node
  readonly args: readonly Node[]
}

/** One place where a handle is used. */
export type Use =
  | { readonly kind: 'call'; readonly at: Node; readonly call: Node; readonly args: readonly Node[] }
  | {
      readonly kind: 'method'
      readonly at: Node
      readonly member: Node
      readonly name: string
      readonly call: Node
      readonly args: readonly Node[]
    }
  | { readonly kind: 'property'; readonly at: Node; readonly member: Node; readonly name: string }
  | { readonly kind: 'other'; readonly at: Node }

/** Every call or `new` of `maker`, with what it is bound to; those that are bound to nothing are noted. */
export function handlesOf(file: SourceFile, maker: string): readonly Handle[] {
  const handles: Handle[] = []
  for (const at of file.references(maker)) {
    const made = file.parentOf(at)
    if (made?.type === 'TSTypeReference') file.note(at, `the type '${maker}' is 'GatedCall' of forebay here`)
    if (made === undefined || made['callee'] !== at) continue
    const name = boundTo(file, made)
    const isClear = name !== undefined && (name.startsWith('this.') || file.declarations(name) === 1)
    if (isClear) handles.push({ name, made, args: nodesOf(made['arguments']) })
    else if (name === undefined)
      file.note(made, `${file.source(at)} is used without a name of its own: change it by hand`)
    else file.note(made, `'${name}' is declared more than once in this file: change it by hand`)
  }
  return handles
}

/** How the value of an expression is called afterwards. */
export function boundTo(file: SourceFile, made: Node): string | undefined {
  let node = made
  let parent = file.parentOf(node)
  while (parent !== undefined && bare(parent) === made) {
    node = parent
    parent = file.parentOf(node)
  }
  if (parent?.type === 'VariableDeclarator') return nameOf(parent['id'])
  if (parent?.type === 'PropertyDefinition' && parent['static'] !== true) {
    const name = nameOf(parent['key'])
    return name === undefined ? undefined : `this.${name}`
  }
  if (parent?.type === 'AssignmentExpression' && parent['right'] === node && isNode(parent['left'])) {
    const left = file.source(parent['left'])
    return /^this\.#?\w+$/.test(left) ? left : undefined
  }
  return undefined
}

/** Says so where other files may use a handle, which are not changed with it. */
export function noteOutside(file: SourceFile, { name, made }: Handle): void {
  if (isExported(file, name, made)) file.note(made, `'${name}' is exported: change by hand how other files use it`)
}

function isExported(file: SourceFile, name: string, made: Node): boolean {
  if (name.startsWith('this.')) return false
  for (let at = file.parentOf(made); at !== undefined; at = file.parentOf(at)) {
    if (at.type === 'VariableDeclaration' && file.parentOf(at)?.type === 'ExportNamedDeclaration') return true
  }
  return file.nodes.some(
    (node) =>
      node.type === 'ExportSpecifier' && nameOf(node['local']) === name && !isNode(file.parentOf(node)?.['source']),
  )
}

export function usesOf(file: SourceFile, { name, made }: Handle): readonly Use[] {
  const places = name.startsWith('this.')
    ? file.nodes.filter(
        (node) =>
          node.type === 'MemberExpression' &&
          file.source(node) === name &&
          classAround(file, node) === classAround(file, made),
      )
    : file.references(name)
  return places.filter((at) => !isTarget(file, at, made)).map((at) => useAt(file, at))
}

function classAround(file: SourceFile, node: Node): Node | undefined {
  let at = file.parentOf(node)
  while (at !== undefined && at.type !== 'ClassBody') at = file.parentOf(at)
  return at
}

function useAt(file: SourceFile, at: Node): Use {
  const parent = file.parentOf(at)
  if (parent?.type === 'CallExpression' && parent['callee'] === at) {
    return { kind: 'call', at, call: parent, args: nodesOf(parent['arguments']) }
  }
  if (parent?.type !== 'MemberExpression' || parent['object'] !== at) return { kind: 'other', at }
  const name = parent['computed'] === true ? undefined : nameOf(parent['property'])
  if (name === undefined) return { kind: 'other', at }
  const around = file.parentOf(parent)
  return around?.type === 'CallExpression' && around['callee'] === parent
    ? { kind: 'method', at, member: parent, name, call: around, args: nodesOf(around['arguments']) }
    : { kind: 'property', at, member: parent, name }
}

/** Whether the handle is made here, not used. */
function isTarget(file: SourceFile, at: Node, made: Node): boolean {
  const parent = file.parentOf(at)
  return parent?.type === 'AssignmentExpression' && parent['left'] === at && bare(parent['right'] as Node) === made
}
