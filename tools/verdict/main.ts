import { parseArgs } from 'node:util'
import { prove, type Proof } from './proof.ts'

/**
 * `npm run verdict:proof -- [--graphs 1000] [--from 1] [--json]`: how often the verdict names the planted limiter of a
 * random graph, and how well it predicts what doubling it gives. Exits 3 when a bar is missed.
 */
const { values } = parseArgs({
  options: {
    graphs: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})

const proof = prove(Number(values.graphs), Number(values.from))
console.log(values.json ? JSON.stringify(proof, null, 2) : table(proof))
const met = proof.right === proof.graphs && proof.whatIf.medianError <= 0.02 && proof.next.right >= 0.9 * proof.next.of
process.exitCode = met ? 0 : 3

function table({ graphs, right, whatIf, next, byPlant, wrong }: Proof): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
  return [
    `limiter named          ${right}/${graphs}`,
    ...Object.entries(byPlant).map(([plant, row]) => `  ${plant.padEnd(20)} ${row.right}/${row.graphs}`),
    `what-if, median error  ${percent(whatIf.medianError)} (${whatIf.predicted} predictions)`,
    `what-if, p90 error     ${percent(whatIf.p90Error)}`,
    `next limiter named     ${next.right}/${next.of}`,
    ...wrong.map(({ seed, plant, sentence }) => `wrong: seed ${seed} (${plant}): ${sentence}`),
  ].join('\n')
}
