import type { ContractCheck } from '../../../src/testkit/contract/contract-check.ts'
import { processorContract } from '../../../src/testkit/contract/processor-contract.ts'
import { publisherContract } from '../../../src/testkit/contract/publisher-contract.ts'
import type { ContractRule } from '../../../src/testkit/contract/rules.ts'
import { subscriberContract } from '../../../src/testkit/contract/subscriber-contract.ts'
import { collect } from '../keeps.ts'
import { FaultyProcessor, processorFaults, type ProcessorFault } from './processor.ts'
import { publisherFaults, type PublisherFault } from './publisher-faults.ts'
import { FaultyPublisher } from './publisher.ts'
import { faultySubscriber, subscriberFaults, type SubscriberFault } from './subscriber.ts'

/** Something with one fault in it, a rule that must name it, and the contract that it breaks. */
export interface Mutant {
  readonly role: ContractCheck['role']
  readonly fault: string
  readonly rule: ContractRule
  readonly checks: readonly ContractCheck[]
}

export const gallery: readonly Mutant[] = [
  ...mutants('publisher', publisherFaults, publisherChecks),
  ...mutants('subscriber', subscriberFaults, subscriberChecks),
  ...mutants('processor', processorFaults, processorChecks),
]

export function publisherChecks(fault?: PublisherFault): ContractCheck[] {
  return publisherContract((items, world) => new FaultyPublisher({ items, world }, fault), {
    collect,
    failing: (items, world) => new FaultyPublisher({ items, world, fails: true }, fault),
  })
}

export function subscriberChecks(fault?: SubscriberFault): ContractCheck[] {
  return subscriberContract((world) => faultySubscriber(world, fault))
}

export function processorChecks(fault?: ProcessorFault): ContractCheck[] {
  return processorContract((world) => new FaultyProcessor(world, fault), { collect })
}

function mutants<F extends string>(
  role: ContractCheck['role'],
  faults: Readonly<Record<F, ContractRule>>,
  checks: (fault?: NoInfer<F>) => ContractCheck[],
): Mutant[] {
  return (Object.entries(faults) as [F, ContractRule][]).map(([fault, rule]) => {
    return { role, fault, rule, checks: checks(fault) }
  })
}
