import { pathToFileURL } from 'node:url'
import type { Plugin } from 'esbuild'
import { bundledSize, dist } from './bundle.ts'

/** Parts of the main entry that might be somewhere else, as folders and beginnings of files of its build. */
const parts: Readonly<Record<string, readonly string[]>> = {
  'the verdict': ['kernel/verdict/'],
  explain: ['kernel/explain'],
  gates: ['gates/', 'gate.'],
  spill: ['flow/junctions/spill'],
  mapBatches: ['flow/map-batches', 'flow/batch-call', 'flow/job', 'flow/gathering', 'flow/ask-again'],
  'junctions of several flows, gates in a flow': ['flow/junctions/', 'flow/join-flows', 'flow/part-flow'],
  'callbacks and publishers as sources': ['flow/firehose', 'flow/sources/publisher', 'kernel/firehose'],
  'every operator, mapAsync, iterate': ['flow/operators/', 'flow/map-async', 'flow/sinks/iterator'],
  'generated code': ['kernel/codegen/'],
}

/** One more part left out than in the row before. */
export interface Row {
  readonly without: string
  /** Bytes, minified and gzipped, of everything that `forebay` exports. */
  readonly everything: number
  /** Of a program that imports `flow` alone. */
  readonly flow: number
}

/** What the main entry would weigh if its parts, one after another, were not in it. */
export async function sizeWithoutParts(): Promise<Row[]> {
  const rows = [await row('nothing', [])]
  const gone: string[] = []
  for (const [without, files] of Object.entries(parts)) {
    gone.push(...files)
    rows.push(await row(without, gone))
  }
  return rows
}

async function row(without: string, gone: readonly string[]): Promise<Row> {
  const program = `import { flow } from './index.js'\nconsole.log(flow)`
  const everything = await bundledSize(`export * from './index.js'`, [leaveOut(gone)])
  return { without, everything, flow: await bundledSize(program, [leaveOut(gone)]) }
}

/** Puts empty classes where the exports of these files were. */
function leaveOut(gone: readonly string[]): Plugin {
  return {
    name: 'leave-out',
    setup: (bundling) => {
      bundling.onLoad({ filter: /\.js$/ }, async ({ path }) => {
        const file = path.slice(dist.length + 1).replaceAll('\\', '/')
        if (!gone.some((beginning) => file.startsWith(beginning))) return undefined
        const names = Object.keys((await import(pathToFileURL(path).href)) as object)
        return { contents: names.map((name) => `export class ${name} {}`).join('\n') }
      })
    },
  }
}
