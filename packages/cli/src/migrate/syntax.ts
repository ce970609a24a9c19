import { visitorKeys } from 'oxc-parser'

/** A node of a syntax tree (ESTree, with TypeScript's own kinds). */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** Calls `visit` with every node and the one around it, outermost first. */
export function walk(node: Node, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  visit(node, parent)
  for (const key of visitorKeys[node.type] ?? []) {
    const child = node[key]
    const children = Array.isArray(child) ? child : [child]
    for (const each of children) if (isNode(each)) walk(each, visit, node)
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string'
}

export function nodesOf(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** The name of an identifier or of what is behind a dot; `undefined` for anything computed. */
export function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Identifier') return node['name'] as string
  if (node.type === 'PrivateIdentifier') return `#${node['name'] as string}`
  return node.type === 'Literal' && typeof node['value'] === 'string' ? node['value'] : undefined
}

export function numberOf(node: Node | undefined): number | undefined {
  return node?.type === 'Literal' && typeof node['value'] === 'number' ? node['value'] : undefined
}

/** The expression inside of parentheses, `await`, `as` and `!`. */
export function bare(node: Node): Node {
  const { type } = node
  const isWrapped =
    type === 'TSAsExpression' ||
    type === 'TSNonNullExpression' ||
    type === 'TSSatisfiesExpression' ||
    type === 'ParenthesizedExpression'
  return isWrapped && isNode(node['expression']) ? bare(node['expression']) : node
}

export function isFunction(node: Node | undefined): boolean {
  return node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression'
}

/** The properties of an object literal by name, or `undefined` when it is not one whose every name can be read. */
export function propertiesOf(node: Node | undefined): ReadonlyMap<string, Node> | undefined {
  if (node === undefined) return new Map()
  const literal = bare(node)
  if (literal.type !== 'ObjectExpression') return undefined
  const found = new Map<string, Node>()
  for (const property of nodesOf(literal['properties'])) {
    const name = property['computed'] === true ? undefined : nameOf(property['key'])
    if (property.type !== 'Property' || name === undefined || !isNode(property['value'])) return undefined
    found.set(name, property['value'])
  }
  return found
}

const computing = [
  'AssignmentExpression',
  'AwaitExpression',
  'CallExpression',
  'ImportExpression',
  'NewExpression',
  'TaggedTemplateExpression',
  'UpdateExpression',
  'YieldExpression',
]

/** Whether it matters when, or how often, an expression is computed: what a function in it does comes later anyway. */
export function isComputed(node: Node): boolean {
  if (computing.includes(node.type)) return true
  if (isFunction(node)) return false
  return (visitorKeys[node.type] ?? []).some((key) => {
    const child = node[key]
    return (Array.isArray(child) ? child : [child]).some((each) => isNode(each) && isComputed(each))
  })
}

/** Whether arguments can be written behind an expression without parentheses around it. */
export function isCallable(node: Node): boolean {
  return node.type === 'Identifier' || node.type === 'MemberExpression'
}
