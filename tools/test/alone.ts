/**
 * End-to-end tests that need the machine to themselves: they hold latencies, rates, memory or a verdict to figures,
 * which say less about us when another file works at the same time.
 */
export const alone: string[] = [
  'examples/a-to-b/src/a-to-b.e2e.test.ts',
  'examples/abc-to-z/src/abc-to-z.e2e.test.ts',
  'examples/abc-to-z/src/watch.e2e.test.ts',
  'examples/flights/src/flow.e2e.test.ts',
  'examples/inference-spikes/src/real/real.e2e.test.ts',
  'examples/overwhelmed/src/overwhelmed.e2e.test.ts',
  'examples/web-servers/test/ladder.e2e.test.ts',
  'packages/cli/test/load.e2e.test.ts',
  'packages/connectors/test/rates/redis-gate-store.e2e.test.ts',
  'packages/console/test/scale.e2e.test.ts',
  'packages/forebay/src/node/pressure/readings.e2e.test.ts',
  'packages/forebay/test/compose/balance.e2e.test.ts',
  'packages/forebay/test/compose/overload-real.e2e.test.ts',
]
