import { parseSync } from 'oxc-parser'
import { nameOf, walk } from './syntax.ts'
import type { Node } from './syntax.ts'

/** Something that somebody has to look at. */
export interface Note {
  readonly line: number
  readonly message: string
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

const binders: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ['id'],
  FunctionDeclaration: ['id', 'params'],
  FunctionExpression: ['params'],
  ArrowFunctionExpression: ['params'],
  ClassDeclaration: ['id'],
  CatchClause: ['param'],
  ImportDefaultSpecifier: ['local'],
  ImportSpecifier: ['local'],
  ImportNamespaceSpecifier: ['local'],
}

/** A source file: its syntax tree, and the edits that are collected for it. The text between edits stays as it is. */
export class SourceFile {
  readonly text: string
  readonly nodes: readonly Node[]
  readonly notes: Note[] = []
  readonly #edits: Edit[] = []
  readonly #parents = new Map<Node, Node>()
  readonly #declared = new Map<string, number>()

  /** Throws `SyntaxError` for what cannot be parsed. */
  constructor(name: string, text: string) {
    const { program, errors } = parseSync(name, text)
    if (errors.length > 0) throw new SyntaxError(errors[0]?.message ?? 'it cannot be parsed')
    this.text = text
    const nodes: Node[] = []
    walk(program as unknown as Node, (node, parent) => {
      nodes.push(node)
      if (parent !== undefined) this.#parents.set(node, parent)
      for (const key of binders[node.type] ?? []) this.#declare(node[key])
    })
    this.nodes = nodes
  }

  get changes(): number {
    return this.#edits.length
  }

  parentOf(node: Node): Node | undefined {
    return this.#parents.get(node)
  }

  source(node: Node): string {
    return this.text.slice(node.start, node.end)
  }

  /** How many times something of that name is declared, in whatever scope. */
  declarations(name: string): number {
    return this.#declared.get(name) ?? 0
  }

  /** Where the value of that name is read: not where it is declared, nor where a property is called so. */
  references(name: string): readonly Node[] {
    return this.nodes.filter((node) => {
      if (node.type !== 'Identifier' || node['name'] !== name) return false
      const parent = this.#parents.get(node)
      if (parent === undefined) return false
      if (parent['id'] === node || parent['local'] === node || parent['imported'] === node) return false
      if (parent.type === 'MemberExpression') return parent['object'] === node || parent['computed'] === true
      if (parent.type === 'Property' || parent.type === 'PropertyDefinition') return parent['value'] === node
      return true
    })
  }

  replace(start: number, end: number, text: string): void {
    this.#edits.push({ start, end, text })
  }

  note(node: Node, message: string): void {
    this.notes.push({ line: this.text.slice(0, node.start).split('\n').length, message })
  }

  /** The text with all edits. Edits that would fall into another are not made. */
  result(): string {
    let text = ''
    let at = 0
    for (const edit of this.#edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
      if (edit.start < at) continue
      text += this.text.slice(at, edit.start) + edit.text
      at = edit.end
    }
    return text + this.text.slice(at)
  }

  #declare(pattern: unknown): void {
    const patterns = Array.isArray(pattern) ? pattern : [pattern]
    for (const each of patterns) {
      const node = each as Node | null
      const name = nameOf(node?.type === 'AssignmentPattern' ? node['left'] : node)
      if (name !== undefined) this.#declared.set(name, this.declarations(name) + 1)
    }
  }
}
