import { checkFunction } from '../../kernel/check.ts'
import { contract, type CheckOf, type ContractCheck } from './contract-check.ts'
import { SubscriberBench, type MakeSubscriber, type SubscriberContractOptions } from './subscriber-bench.ts'
import { subscriberCalls } from './subscriber-calls.ts'
import { subscriberSignals } from './subscriber-signals.ts'

export const subscriberChecks: readonly CheckOf<SubscriberBench>[] = [...subscriberSignals, ...subscriberCalls]

/**
 * The contract of a Reactive Streams subscriber, 1.0.4: a list of checks, at least one for every rule of chapter 2
 * that binds a subscriber, and for what chapter 3 asks of it. Register them with any test runner.
 *
 * @example
 * const make = () => {
 *   const sink = new MySubscriber()
 *   return { subscriber: sink, cancel: () => sink.stop(), received: () => sink.items }
 * }
 * for (const { rule, title, run } of subscriberContract(make)) test(`${rule} ${title}`, run)
 */
export function subscriberContract(make: MakeSubscriber, options: SubscriberContractOptions = {}): ContractCheck[] {
  checkFunction('subscriberContract', make)
  return contract('subscriber', subscriberChecks, options, (world) => new SubscriberBench(world, make, options))
}
