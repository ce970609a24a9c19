import { sizeWithoutParts } from './parts.ts'

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`.padStart(10)

console.log(`gzipped, leaving out one part more a line${' '.repeat(11)}everything  flow alone`)
for (const { without, everything, flow } of await sizeWithoutParts()) {
  console.log(`${without.padEnd(52)}${kB(everything)}  ${kB(flow)}`)
}
