import type { GateInspection } from '../kernel/gate.ts'
import { plainAsk } from './ask.ts'
import type { Part } from './part.ts'

/** A part as a snapshot shows it inside another gate. Nobody waits at it: the line stands in front of them all. */
export function inspectPart(part: Part, name: string = part.name): GateInspection {
  const credit = part.credit()
  return {
    kind: part.kind,
    ...part.inspect(),
    name,
    inUse: part.inUse,
    waiting: 0,
    oldestWaitMs: 0,
    credit,
    retryAfterMs: credit > 0 ? 0 : part.refusal(1, plainAsk).retryAfterMs,
    admitted: part.admitted,
    zombies: 0,
    sheds: {},
  }
}
