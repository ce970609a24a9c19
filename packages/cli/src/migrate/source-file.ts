import { parseSync } from 'oxc-parser'
import { isNode, nameOf, walk } from './syntax.ts'
import type { Node } from './syntax.ts'

/** Something that somebody has to look at. */
export interface Note {
  readonly line: number
  readonly message: string
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string | (() => string)
  isMade: boolean
}

const binders: Readonly<Record<string, readonly string[]>> = {
  VariableDeclarator: ['id'],
  FunctionDeclaration: ['id', 'params'],
  FunctionExpression: ['id', 'params'],
  ArrowFunctionExpression: ['params'],
  ClassDeclaration: ['id'],
  ClassExpression: ['id'],
  CatchClause: ['param'],
  ImportDefaultSpecifier: ['local'],
  ImportSpecifier: ['local'],
  ImportNamespaceSpecifier: ['local'],
}

const inPatterns: Readonly<Record<string, readonly string[]>> = {
  ObjectPattern: ['properties'],
  ArrayPattern: ['elements'],
  AssignmentPattern: ['left'],
  Property: ['value'],
  RestElement: ['argument'],
  TSParameterProperty: ['parameter'],
}

/** A source file: its syntax tree, and the edits that are collected for it. The text between edits stays as it is. */
export class SourceFile {
  readonly text: string
  readonly nodes: readonly Node[]
  readonly notes: Note[] = []
  readonly #name: string
  readonly #edits: Edit[] = []
  readonly #parents = new Map<Node, Node>()
  readonly #declared = new Map<string, number>()

  /** Throws `SyntaxError` for what cannot be parsed. */
  constructor(name: string, text: string) {
    const { program, errors } = parseSync(name, text)
    if (errors.length > 0) throw new SyntaxError(errors[0]?.message ?? 'it cannot be parsed')
    this.#name = name
    this.text = text
    const nodes: Node[] = []
    walk(program as unknown as Node, (node, parent) => {
      nodes.push(node)
      if (parent !== undefined) this.#parents.set(node, parent)
      for (const key of binders[node.type] ?? []) this.#declare(node[key])
    })
    this.nodes = nodes
  }

  get isChanged(): boolean {
    return this.#edits.length > 0
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

  /** Text that is given as a function is asked for when all edits are known: see `edited`. */
  replace(start: number, end: number, text: string | (() => string)): void {
    this.#edits.push({ start, end, text, isMade: false })
  }

  /** The source of a node that is put elsewhere, with the edits inside of it. */
  edited(node: Node): string {
    return this.#render(node.start, node.end)
  }

  note(node: Pick<Node, 'start'>, message: string): void {
    this.notes.push({ line: this.text.slice(0, node.start).split('\n').length, message })
  }

  /** The text with all edits. One that falls into text which is replaced as a whole is not made but noted. */
  result(): string {
    const text = this.#render(0, this.text.length)
    for (const edit of this.#edits) {
      if (!edit.isMade) this.note(edit, 'this is inside of something else that was changed: change it by hand')
    }
    return text
  }

  /** Why the text after the edits is no program, where the text before them was one. */
  flawOf(result: string): string | undefined {
    const flaw = parseSync(this.#name, result, { showSemanticErrors: true }).errors[0]
    if (flaw === undefined) return undefined
    const isOld = parseSync(this.#name, this.text, { showSemanticErrors: true }).errors.length > 0
    return isOld ? parseSync(this.#name, result).errors[0]?.message : flaw.message
  }

  #render(start: number, end: number): string {
    let text = ''
    let at = start
    let last: Edit | undefined
    const inside = this.#edits.filter((edit) => edit.start >= start && edit.end <= end)
    for (const edit of inside.toSorted(inOrder)) {
      // A field that is made twice is used in the same places.
      const isTwice =
        last !== undefined && edit.start === last.start && edit.end === last.end && edit.text === last.text
      if (edit.start < at && !isTwice) continue
      edit.isMade = true
      if (isTwice) continue
      text += this.text.slice(at, edit.start) + (typeof edit.text === 'string' ? edit.text : edit.text())
      at = edit.end
      last = edit
    }
    return text + this.text.slice(at, end)
  }

  #declare(pattern: unknown): void {
    if (Array.isArray(pattern)) for (const each of pattern) this.#declare(each)
    if (!isNode(pattern)) return
    const name = nameOf(pattern)
    if (name !== undefined) this.#declared.set(name, this.declarations(name) + 1)
    for (const key of inPatterns[pattern.type] ?? []) this.#declare(pattern[key])
  }
}

/** What is put in at a place comes before what is replaced there, and of two that are replaced the longer one. */
function inOrder(a: Edit, b: Edit): number {
  return a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start) || b.end - a.end
}
