import { mapContext, readContext, withContext } from '../../../src/flow/context/with-context.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const identity = (result: number): number[] => [result]

/** What a program gives its items to take along, through everything that happens to them. */
export const contexts: readonly OperatorSubject[] = [
  {
    name: 'withContext',
    operator: (flow) => flow.via(withContext((item) => item)),
    model: (items) => items,
    from: identity,
    card: {
      of: 'withContext',
      emits: [
        { data: '-1-2|', out: '-1-2|' },
        {
          op: (flow) =>
            flow
              .via(withContext((item: number) => item * 2))
              .buffer(2)
              .via(readContext((_, own) => own)),
          data: '-1-2|',
          out: '-2-4|',
        },
      ],
    },
  },
  {
    name: 'mapContext',
    operator: (flow) => flow.via(mapContext((_, item) => item)),
    model: (items) => items,
    from: identity,
    card: {
      of: 'mapContext',
      emits: {
        op: (flow) =>
          flow
            .via(withContext((item: number) => item * 2))
            .via(mapContext((own: number | undefined, item: number) => (own ?? 0) + item))
            .via(readContext((_, own) => own)),
        data: '-1-2|',
        out: '-3-6|',
      },
    },
  },
  {
    name: 'readContext',
    operator: (flow) => flow.via(readContext((item) => item)),
    model: (items) => items,
    from: identity,
    card: {
      of: 'readContext',
      emits: {
        op: (flow) =>
          flow.via(withContext(() => 1)).via(readContext((item: number, own: number | undefined) => item + (own ?? 0))),
        data: '-1-2|',
        out: '-2-3|',
      },
    },
  },
]
