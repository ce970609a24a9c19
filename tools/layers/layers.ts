/** A layer of the architecture. Imports run downward only: a layer may import what it names and its own files. */
export interface Layer {
  readonly name: string
  /** From the root. */
  readonly folder: string
  readonly mayImport: readonly string[]
  /** Runs in every runtime: no `node:*`, no package, no DOM, and neither time nor chance except through the kernel. */
  readonly portable: boolean
}

const library = 'packages/forebay/src'
const foundation = ['kernel', 'flow', 'gates'] as const

/**
 * The layers of the library, lowest first. `.oxlintrc.json` and the `tsconfig.json` of each folder say the same to
 * the tools; `layers.test.ts` fails when they differ, and `planted.e2e.test.ts` when a tool does not see a violation.
 */
export const layers: readonly Layer[] = [
  { name: 'kernel', folder: `${library}/kernel`, mayImport: [], portable: true },
  { name: 'flow', folder: `${library}/flow`, mayImport: ['kernel'], portable: true },
  { name: 'gates', folder: `${library}/gates`, mayImport: ['kernel'], portable: true },
  { name: 'queue', folder: `${library}/queue`, mayImport: foundation, portable: true },
  { name: 'interop', folder: `${library}/interop`, mayImport: foundation, portable: true },
  { name: 'observe', folder: `${library}/observe`, mayImport: foundation, portable: true },
  { name: 'http', folder: `${library}/http`, mayImport: ['kernel', 'gates'], portable: true },
  { name: 'testkit', folder: `${library}/testkit`, mayImport: foundation, portable: true },
  { name: 'simulate', folder: `${library}/simulate`, mayImport: [...foundation, 'testkit'], portable: true },
  {
    name: 'node',
    folder: `${library}/node`,
    mayImport: [...foundation, 'queue', 'interop', 'observe'],
    portable: false,
  },
]

/** Packages above the library, lowest first; each may import those before it, by their public names. */
export const products: readonly string[] = ['connectors', 'console', 'cli']
