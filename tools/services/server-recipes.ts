import type { ServiceName } from './recipes.ts'

/** How to start a program that listens, for tests alone, and to see that it answers. */
export interface ServerRecipe {
  /** The program, as {@link ServiceName}. */
  readonly program: ServiceName
  /** Environment variable with the URL of a running one; when it is set nothing is started. */
  readonly urlVariable: string
  readonly url: (port: number) => string
  /** Arguments and environment with which it listens on 127.0.0.1:`port` only and keeps everything below `folder`. */
  readonly start: (
    port: number,
    folder: string,
  ) => { readonly args: readonly string[]; readonly env?: NodeJS.ProcessEnv }
  /** Bytes to send and what the answer begins with; a server that greets first has nothing to send. */
  readonly greeting: { readonly send: string; readonly expect: string }
  /** How long it may take until it answers; default 20 s. */
  readonly readyWithinMs?: number
}

/** Servers that tests may ask for with `requireServer(name)`. A new one is a program in recipes.ts and an entry here. */
export const serverRecipes = {
  redis: {
    program: 'redis',
    urlVariable: 'FOREBAY_REDIS_URL',
    url: (port) => `redis://127.0.0.1:${port}`,
    start: (port, folder) => ({
      args: ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''],
    }),
    greeting: { send: 'PING\r\n', expect: '+PONG' },
  },
} as const satisfies Record<string, ServerRecipe>

export type ServerName = keyof typeof serverRecipes
