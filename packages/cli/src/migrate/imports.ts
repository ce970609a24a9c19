import { bare, isNode, nameOf, nodesOf } from './syntax.ts'
import type { Node } from './syntax.ts'
import type { SourceFile } from './source-file.ts'

/** How a file gets at a package. */
export interface Imported {
  /** The whole statement. */
  readonly statement: Node
  readonly isRequire: boolean
  /** The local name of the default export, or of the module itself. */
  readonly main: string | undefined
  /** Local names by the names they are exported under. */
  readonly names: ReadonlyMap<string, string>
}

/** The import of `module`, as a statement or by `require`; types apart. */
export function importOf(file: SourceFile, module: string): Imported | undefined {
  for (const node of file.nodes) {
    if (node.type === 'ImportDeclaration' && nameOf(node['source']) === module && node['importKind'] !== 'type') {
      return fromImport(node)
    }
    if (node.type === 'VariableDeclarator' && isNode(node['init']) && isRequireOf(node['init'], module)) {
      const statement = file.parentOf(node)
      if (statement !== undefined && isNode(node['id'])) return fromRequire(statement, node['id'])
    }
  }
  return undefined
}

function fromImport(statement: Node): Imported {
  let main: string | undefined
  const names = new Map<string, string>()
  for (const specifier of nodesOf(statement['specifiers'])) {
    const local = nameOf(specifier['local'])
    if (local === undefined) continue
    const imported = specifier.type === 'ImportSpecifier' ? nameOf(specifier['imported']) : 'default'
    if (imported === 'default') main = local
    else if (imported !== undefined) names.set(imported, local)
  }
  return { statement, isRequire: false, main, names }
}

function fromRequire(statement: Node, id: Node): Imported {
  const names = new Map<string, string>()
  for (const property of nodesOf(id['properties'])) {
    const [imported, local] = [nameOf(property['key']), nameOf(property['value'])]
    if (imported !== undefined && local !== undefined) names.set(imported, local)
  }
  return { statement, isRequire: true, main: nameOf(id), names }
}

/** `require('x')` or `require('x').default`. */
function isRequireOf(node: Node, module: string): boolean {
  const call = bare(node)
  if (call.type === 'MemberExpression' && nameOf(call['property']) === 'default' && isNode(call['object'])) {
    return isRequireOf(call['object'], module)
  }
  return (
    call.type === 'CallExpression' &&
    nameOf(call['callee']) === 'require' &&
    nameOf(nodesOf(call['arguments'])[0]) === module
  )
}

/** What our door is called in a file: as it is imported already, or `gate`, or something else where that name is taken. */
export function doorName(file: SourceFile): string {
  const free = ['gate', 'makeGate'].find((name) => file.declarations(name) === 0)
  return importOf(file, 'forebay')?.names.get('gate') ?? free ?? 'forebayGate'
}

/** Whether something else of a package is used than what it exports as its main thing: types, as a rule. */
export function usesNames(file: SourceFile, imported: Imported): boolean {
  return [...imported.names.values()].some((local) => file.references(local).length > 0)
}

/** The import of a package whose calls have been changed. */
export interface Replaced {
  readonly imported: Imported
  readonly isStillUsed: boolean
}

/** Takes our package once in place of all the others, and leaves those beside it of which something is still used. */
export function replaceImports(file: SourceFile, replaced: readonly Replaced[]): void {
  const inOrder = replaced.toSorted((a, b) => a.imported.statement.start - b.imported.statement.start)
  // What a function requires for itself is known nowhere else.
  const home = inOrder.find(({ imported }) => file.parentOf(imported.statement)?.type === 'Program')
  const hasDoor = importOf(file, 'forebay')?.names.has('gate') === true
  for (const each of inOrder) {
    const { statement } = each.imported
    const isHome = !hasDoor && (home === undefined || each === home)
    const line = isHome ? importText(file, each.imported) : ''
    const isOnlyOne = nodesOf(statement['declarations']).length <= 1
    if (each.isStillUsed || !isOnlyOne) {
      if (isHome) file.replace(statement.start, statement.start, `${line}\n`)
    } else
      file.replace(statement.start, statement.end + (line === '' && file.text[statement.end] === '\n' ? 1 : 0), line)
  }
}

function importText(file: SourceFile, { statement, isRequire }: Imported): string {
  const name = doorName(file)
  const what = name === 'gate' ? 'gate' : isRequire ? `gate: ${name}` : `gate as ${name}`
  const semicolon = file.text[statement.end - 1] === ';' ? ';' : ''
  return isRequire
    ? `const { ${what} } = require('forebay')${semicolon}`
    : `import { ${what} } from 'forebay'${semicolon}`
}
