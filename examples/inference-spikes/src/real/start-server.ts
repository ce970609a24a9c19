import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { DoorName } from './doors.ts'

/** What a server says about itself in the end. */
export interface ServerReport {
  /** The most texts that were in it at once, those that waited for a permit too. */
  readonly mostHeld: number
  /** How much more memory it had at most than in the beginning, bytes. */
  readonly mostMemory: number
  /** Tokens that its model has read, */
  readonly read: number
  /** and how many of them when nobody was there any more to be answered. */
  readonly readForNobody: number
}

/** A server in a process of its own. */
export interface Server {
  readonly url: string
  /** Where its console is, if it has one. */
  readonly consoleUrl: string | undefined
  report(): Promise<ServerReport>
  stop(): Promise<void>
}

export async function startServer(door: DoorName, hasConsole = false): Promise<Server> {
  const env = { DOOR: door, CONSOLE: hasConsole ? '1' : '0' }
  const path = fileURLToPath(new URL('../real-server-main.js', import.meta.url))
  const child = fork(path, { env: { ...process.env, ...env } })
  const [{ port, consoleUrl }] = (await once(child, 'message')) as [{ port: number; consoleUrl?: string }]
  return {
    url: `http://127.0.0.1:${port}/`,
    consoleUrl,
    report: async () => {
      const answered = once(child, 'message')
      child.send('report')
      const [{ report }] = (await answered) as [{ report: ServerReport }]
      return report
    },
    stop: async () => {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
