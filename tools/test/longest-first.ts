import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take seconds, the longest first. One that starts last would keep one worker busy and the other idle. */
export const longest: readonly string[] = [
  'tools/overload/overload.test.ts',
  'packages/forebay/test/laws/planted.test.ts',
  'packages/forebay/test/laws/laws-1.test.ts',
  'packages/forebay/test/laws/laws-2.test.ts',
  'tools/verdict/proof.test.ts',
  'packages/forebay/test/laws/laws-3.test.ts',
  'packages/forebay/test/contract/publishers.test.ts',
  'packages/forebay/src/flow/hubs/broadcast-hub.test.ts',
  'packages/forebay/test/laws/graphs/random-graphs.test.ts',
  'packages/forebay/test/contract/processors.test.ts',
  'packages/connectors/test/disk-conformance.test.ts',
  'tools/repeat/repeat.e2e.test.ts',
  'packages/connectors/test/rabbitmq/rabbit-faults.e2e.test.ts',
  'packages/connectors/test/kafka/kafka-faults.e2e.test.ts',
  'packages/console/test/console.e2e.test.ts',
  'packages/forebay/test/workers/kill-rounds.e2e.test.ts',
  'packages/connectors/test/kafka/kafka-conformance.e2e.test.ts',
  'packages/connectors/test/rabbitmq/rabbit-conformance.e2e.test.ts',
  'packages/connectors/test/postgres/postgres-faults.e2e.test.ts',
  'packages/connectors/test/nats/nats-faults.e2e.test.ts',
  'tools/packed/packed.e2e.test.ts',
  'tools/docs/snippets.e2e.test.ts',
]

/** The longest files first; of the others, as vitest does, what has failed and what took longest the last time. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files)
    return rest.toSorted((a, b) => rank(a.moduleId) - rank(b.moduleId))
  }
}

function rank(file: string): number {
  const at = longest.findIndex((path) => file.endsWith(`/${path}`))
  return at < 0 ? longest.length : at
}
