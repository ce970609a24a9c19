import type { Flow } from '../../../src/flow/flow.ts'
import type { Subject } from '../../../src/testkit/subject.ts'
import { relay, type Fault as RelayFault } from './relay.ts'
import { thieves } from './thieves.ts'

const relayFaults = [
  'sends without credit',
  'claims to hold nothing',
  'leaks the credit of every third item',
  'ignores cancel',
  'cancels with a reason of its own',
  'keeps what it holds when it is cancelled',
  'looks for its end only with demand',
  'tells its end before it is empty',
  'wakes nobody',
] as const satisfies readonly RelayFault[]

/** What can be wrong with any piece of flow, whatever it does. */
export type PlantedFault = keyof typeof thieves | (typeof relayFaults)[number]

export const plantedFaults: readonly PlantedFault[] = [
  ...(Object.keys(thieves) as (keyof typeof thieves)[]),
  ...relayFaults,
]

/** The subject with a fault planted into it: behind its outputs, or before a sink. */
export function plant(subject: Subject, fault: PlantedFault): Subject {
  const name = `${subject.name} that ${fault}`
  const spoil = (flow: Flow<any>): Flow<any> => spoiled(flow, fault)
  if (subject.operator !== undefined) {
    return { ...subject, name, operator: (flow, bench) => spoil(subject.operator(flow, bench)) }
  }
  if (subject.source !== undefined) return { ...subject, name, source: (bench) => spoil(subject.source(bench)) }
  if (subject.sink !== undefined) return { ...subject, name, sink: (flow, bench) => subject.sink(spoil(flow), bench) }
  return { ...subject, name, junction: (flows, bench) => subject.junction(flows, bench).map(spoil) }
}

function spoiled(flow: Flow<any>, fault: PlantedFault): Flow<any> {
  if (fault in thieves) return flow.via(thieves[fault as keyof typeof thieves]())
  return relay(flow, fault as RelayFault, () => true)
}
