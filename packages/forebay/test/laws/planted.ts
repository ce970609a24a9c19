import type { Subject } from '../../src/testkit/subject.ts'
import { verify } from '../../src/testkit/verify.ts'
import { faultsIn } from './mutants/applies.ts'
import { plant, type PlantedFault } from './mutants/plant.ts'

/** What became of the faults that were planted into one subject. */
export interface Hunt {
  readonly killed: readonly PlantedFault[]
  /** Found by nothing, though they must show. */
  readonly survived: readonly PlantedFault[]
}

/** Plants every fault that must show into a subject, one at a time, and looks which are found out. */
export async function hunt(subject: Subject): Promise<Hunt> {
  const killed: PlantedFault[] = []
  const survived: PlantedFault[] = []
  for (const fault of faultsIn(subject, 'surely')) {
    if (await isFound(subject, fault)) killed.push(fault)
    else survived.push(fault)
  }
  return { killed, survived }
}

/** Whether a fault that is planted into a subject is found out. */
export function isFound(subject: Subject, fault: PlantedFault): Promise<boolean> {
  return verify(plant(subject, fault), { shrink: false, trials: 40 }).then(
    () => false,
    () => true,
  )
}
