import { checkFunction } from '../../kernel/check.ts'
import { contract, type CheckOf, type ContractCheck } from './contract-check.ts'
import { PublisherBench, type MakePublisher, type PublisherContractOptions } from './publisher-bench.ts'
import { publisherSignals } from './publisher-signals.ts'
import { publisherSubscribers } from './publisher-subscribers.ts'
import { subscriptionCancels } from './subscription-cancels.ts'
import { subscriptionDemand, subscriptionRequests } from './subscription-rules.ts'

export const publisherChecks: readonly CheckOf<PublisherBench>[] = [
  ...publisherSignals,
  ...publisherSubscribers,
  ...subscriptionRequests,
  ...subscriptionCancels,
  ...subscriptionDemand,
]

/**
 * The contract of a Reactive Streams publisher and its subscriptions, 1.0.4: a list of checks, at least one for every
 * rule of chapters 1 and 3 and for what chapter 2 asks of publishers. Register them with any test runner.
 *
 * @example
 * for (const { rule, title, run } of publisherContract((items, world) => myPublisher(items, world.clock))) {
 *   test(`${rule} ${title}`, run)
 * }
 */
export function publisherContract(make: MakePublisher, options: PublisherContractOptions = {}): ContractCheck[] {
  checkFunction('publisherContract', make)
  return contract('publisher', publisherChecks, options, (world) => new PublisherBench(world, make, options))
}
