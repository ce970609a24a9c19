import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { bodyOf, docOfExport, docOfMethod, methodsOf, type Doc } from './doc-comments.ts'

/** A public operator, source, sink or junction, as the sources know it. */
export interface Piece {
  /** The name by which a card knows it, such as `debounce`, `Flow.map` or `flow.range`. */
  readonly of: string
  /** How it is imported: `forebay`, `forebay/operators`. */
  readonly entry: string
  /** Where it is declared, from the root of the repository. */
  readonly file: string
  readonly doc: Doc | undefined
}

const library = 'packages/forebay/src'

/** Classes whose methods are pieces, and what a method is called by. */
const classes: readonly {
  readonly file: string
  readonly name: string
  readonly prefix: string
  readonly except: readonly string[]
}[] = [
  // `via` and `named` add nothing to a flow; the loop over `iterate` is no part of a plan.
  { file: 'flow/stages.ts', name: 'Stages', prefix: 'Flow', except: ['via', 'named'] },
  { file: 'flow/transforms.ts', name: 'Transforms', prefix: 'Flow', except: [] },
  { file: 'flow/edges.ts', name: 'Edges', prefix: 'Flow', except: [] },
  { file: 'flow/branches.ts', name: 'Branches', prefix: 'Flow', except: [] },
  { file: 'flow/flow.ts', name: 'Flow', prefix: 'Flow', except: ['iterate'] },
  { file: 'flow/firehose.ts', name: 'Firehose', prefix: 'Firehose', except: ['named'] },
]

interface Entry {
  readonly file: string
  readonly entry: string
  /** Functions that are no pieces; of an entry that is not about pieces, `only` names those that are. */
  readonly except?: readonly string[]
  readonly only?: readonly string[]
}

/** Entries whose functions are pieces, and those that are none. */
const entries: readonly Entry[] = [
  {
    file: 'flow/operators.ts',
    entry: 'forebay/operators',
    except: [
      // What operators of one's own are made with.
      'operator',
      'junction',
      'fanIn',
      'fanOut',
      'joinContexts',
      'noRecord',
      'settle',
      // What ends runs, and what they share.
      'drainAll',
      'memoryBudget',
      // What goes into options.
      'ttl',
      'elastic',
    ],
  },
  { file: 'interop/index.ts', entry: 'forebay/interop', only: ['fromStreamIter', 'throughStream'] },
  { file: 'node/workers/index.ts', entry: 'forebay/workers', only: ['mapWorker'] },
  { file: 'flow/graph/index.ts', entry: 'forebay/graph', only: ['graph'] },
]

/** Everything that must have a card and five lines. */
export function piecesOf(root: string): Piece[] {
  return [
    ...factoryPieces(root),
    ...classes.flatMap((known) => methodPieces(root, known)),
    ...entries.flatMap((known) => entryPieces(root, known)),
  ]
}

/** Functions that a module exports again, each with the file that declares it. */
function exportsOf(root: string, entry: string): { readonly name: string; readonly file: string }[] {
  const path = join(root, entry)
  return [...read(path).matchAll(/^export \{([^}]*)\} from '([^']+)'/gm)].flatMap(([, names = '', from = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name) => ({ name: name.replace(/^.* as /, ''), file: relative(root, join(dirname(path), from)) })),
  )
}

function methodPieces(root: string, { file, name: type, prefix, except }: (typeof classes)[number]): Piece[] {
  const path = `${library}/${file}`
  const source = bodyOf(read(join(root, path)), type)
  return methodsOf(source)
    .filter((name) => !except.includes(name))
    .map((name) => ({ of: `${prefix}.${name}`, entry: 'forebay', file: path, doc: docOfMethod(source, name) }))
}

/** `flow(…)` and its members. */
function factoryPieces(root: string): Piece[] {
  const path = `${library}/flow/sources.ts`
  const body = bodyOf(read(join(root, path)), 'FlowFactory')
  return ['', ...methodsOf(body)].map((name) => ({
    of: name === '' ? 'flow' : `flow.${name}`,
    entry: 'forebay',
    file: path,
    doc: docOfMethod(body, name),
  }))
}

function entryPieces(root: string, { file, entry, except = [], only }: Entry): Piece[] {
  return exportsOf(root, `${library}/${file}`)
    .filter(({ name }) => (only === undefined ? /^[a-z]/.test(name) && !except.includes(name) : only.includes(name)))
    .map(({ name, file: declared }) => ({
      of: name,
      entry,
      file: declared,
      doc: docOfExport(read(join(root, declared)), name),
    }))
}

function read(path: string): string {
  return readFileSync(path, 'utf8')
}
