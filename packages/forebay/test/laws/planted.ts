import type { Subject } from '../../src/testkit/subject.ts'
import { verify } from '../../src/testkit/verify.ts'
import { applies } from './mutants/applies.ts'
import { plant, plantedFaults, type PlantedFault } from './mutants/plant.ts'

/** What became of the faults that were planted into one subject. */
export interface Hunt {
  readonly killed: readonly PlantedFault[]
  /** Found by nothing, though they must show. */
  readonly survived: readonly PlantedFault[]
}

/** Plants every fault that can show into a subject, one at a time, and looks which are found out. */
export async function hunt(subject: Subject): Promise<Hunt> {
  const killed: PlantedFault[] = []
  const survived: PlantedFault[] = []
  for (const fault of plantedFaults) {
    const shows = applies(fault, subject)
    if (shows === 'never') continue
    const isFound = await verify(plant(subject, fault), { shrink: false, trials: 40 }).then(
      () => false,
      () => true,
    )
    if (isFound) killed.push(fault)
    else if (shows === 'surely') survived.push(fault)
  }
  return { killed, survived }
}
