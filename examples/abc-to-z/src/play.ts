import { load, type LoadResult } from '@forebay/cli/load'
import { startCast, type ServiceReport } from './cast.ts'
import { CALM, PATIENCE_MS, STORM } from './settings.ts'

/** What a world has come to: the figures of the clients of A, B and C, and what A says. */
export interface Played {
  readonly result: LoadResult
  readonly a: ServiceReport
}

/** Plays calm, storm and the time after, with the gates or without. */
export async function play(isGated: boolean): Promise<Played> {
  const cast = await startCast({ z: isGated, services: isGated })
  try {
    const { done } = load({
      url: cast.urls.A,
      tenants: {
        A: { share: 1, origin: cast.urls.A },
        B: { share: 1, origin: cast.urls.B },
        C: { share: 1, origin: cast.urls.C },
      },
      deadline: PATIENCE_MS,
      warmUp: '4s',
      phases: [
        { name: 'calm', for: '10s', rate: 3 * CALM },
        { name: 'storm', for: '8s', rate: STORM + 2 * CALM, tenants: { A: STORM, B: CALM, C: CALM } },
        { name: 'after', for: '4s', rate: 3 * CALM },
      ],
    })
    const result = await done
    return { result, a: await cast.report('A') }
  } finally {
    await cast.stop()
  }
}
