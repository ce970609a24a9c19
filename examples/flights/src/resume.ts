import { existsSync, readFileSync } from 'node:fs'

/** Where a replay goes on: behind the last flight of the ack log, or at the first when there is none, or none is left. */
export function resumeAt(ackLog: string, flights: number): number {
  if (!existsSync(ackLog)) return 0
  let next = 0
  for (const line of readFileSync(ackLog, 'utf8').split('\n')) {
    const last = Number(line.split('-')[1] ?? Number.NaN)
    if (last >= 0) next = last + 1 // the file is in the order of time; another round begins anew
  }
  return next >= flights ? 0 : next
}
