import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { Simulation, type Comparison } from 'forebay/simulate'
import { EXIT, UsageError } from '../errors/exit-codes.ts'
import { loadModule } from '../load-module.ts'
import { parseOptions } from '../parse-options.ts'
import { chart } from './chart.ts'
import { page } from './page.ts'
import { parseGoal } from './parse-goal.ts'
import { report } from './report.ts'

/** What a result can be written as, by the ending of the file. */
const formats: Readonly<Record<string, (comparison: Comparison, title: string) => string>> = {
  '.html': page,
  '.svg': chart,
  '.json': (comparison) => `${JSON.stringify(comparison)}\n`,
}

/** `forebay simulate FILE`. */
export async function simulateCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args,
    options: {
      json: { type: 'boolean' },
      out: { type: 'string', multiple: true },
      goal: { type: 'string' },
      seed: { type: 'string' },
    },
    allowPositionals: true,
  })
  const [file] = positionals
  if (file === undefined) throw new UsageError('which file?')
  const outs = (values.out ?? []).map((path) => ({ path, format: formatOf(path) }))
  const simulation = await loadSimulation(file)
  const comparison = await simulation.run({
    ...(values.goal !== undefined && { goal: parseGoal(values.goal) }),
    ...(values.seed !== undefined && { seed: parseSeed(values.seed) }),
  })
  for (const { path, format } of outs) await writeFile(path, format(comparison, file))
  process.stdout.write(values.json === true ? `${JSON.stringify(comparison)}\n` : report(comparison))
  return comparison.strategy === undefined ? EXIT.checkNotMet : EXIT.ok
}

async function loadSimulation(file: string): Promise<Simulation> {
  const exported = await loadModule(file)
  const found = [exported['default'], ...Object.values(exported)].find(isSimulation)
  if (found === undefined) {
    throw new UsageError(`${file}: one of its exports must be a simulation({ … })`)
  }
  return found
}

/** By shape, so that one made with another installed copy of the library runs too. */
function isSimulation(value: unknown): value is Simulation {
  if (value instanceof Simulation) return true
  return (value as { constructor?: { name?: string } } | null | undefined)?.constructor?.name === Simulation.name
}

function formatOf(path: string): (comparison: Comparison, title: string) => string {
  const format = formats[extname(path)]
  if (format === undefined)
    throw new UsageError(`--out: expected a file that ends in ${Object.keys(formats).join(', ')}`)
  return format
}

function parseSeed(text: string): number {
  const seed = Number(text)
  if (!/^\d+$/.test(text) || seed > 0xffffffff) throw new UsageError(`--seed: expected a whole number, got ${text}`)
  return seed
}
