import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a service says about itself in the end. */
export interface ServiceReport {
  /** Answers of Z that said what it takes. */
  readonly told: number
  readonly refusedByZ: number
  readonly sent: number
  /** The most requests that were in it at once. */
  readonly mostHeld: number
  /** The slowest that it has asked Z, a second. */
  readonly slowestPace: number
}

/** Four processes: Z, and A, B and C in front of it. */
export interface Cast {
  readonly urls: Readonly<Record<'A' | 'B' | 'C', string>>
  /** Where Z shows what its gate does, if it is to. */
  readonly consoleUrl: string | undefined
  report(name: 'A' | 'B' | 'C'): Promise<ServiceReport>
  stop(): Promise<void>
}

type Started = readonly [child: ChildProcess, url: string, consoleUrl?: string | undefined]

const flag = (isSet: boolean): string => (isSet ? '1' : '0')

/** Who stands behind a gate, and whether Z has a console. */
export interface CastOptions {
  readonly z: boolean
  readonly services: boolean
  readonly hasConsole?: boolean
}

/** Starts all four, with their gates or without. */
export async function startCast({ z: isZGated, services: isGated, hasConsole = false }: CastOptions): Promise<Cast> {
  const started: ChildProcess[] = [] // bounded: four of them
  const start = async (file: string, env: Readonly<Record<string, string>>): Promise<Started> => {
    const path = fileURLToPath(new URL(file, import.meta.url))
    const child = fork(path, { env: { ...process.env, ...env } })
    started.push(child)
    const [{ port, consoleUrl }] = (await once(child, 'message')) as [{ port: number; consoleUrl?: string }]
    return [child, `http://127.0.0.1:${port}/`, consoleUrl]
  }
  const [, z, consoleUrl] = await start('./z-main.js', { GATED: flag(isZGated), CONSOLE: flag(hasConsole) })
  const [a, b, c] = await Promise.all(
    ['A', 'B', 'C'].map((NAME) => start('./service-main.js', { NAME, Z: z, GATED: flag(isGated) })),
  )
  const services = { A: a!, B: b!, C: c! }
  return {
    consoleUrl,
    urls: { A: services.A[1], B: services.B[1], C: services.C[1] },
    report: async (name) => {
      const [child] = services[name]
      const answered = once(child, 'message')
      child.send('report')
      const [{ report }] = (await answered) as [{ report: ServiceReport }]
      return report
    },
    stop: async () => {
      await Promise.all(
        started.map((child) => {
          const ended = once(child, 'exit')
          child.disconnect()
          return ended
        }),
      )
    },
  }
}
