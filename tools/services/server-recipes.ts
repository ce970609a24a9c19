import { kafkaRecipe } from './kafka/kafka-recipe.ts'
import { postgresRecipe } from './postgres-recipe.ts'
import { rabbitmqRecipe } from './rabbitmq-recipe.ts'
import { requireService } from './require-service.ts'
import type { Service } from './require-service.ts'

/** Where a server of our own lives: everything it writes goes below `folder`, and it listens on 127.0.0.1 only. */
export interface Place {
  /** The path that {@link ServerRecipe.program} found. */
  readonly program: string
  readonly port: number
  /** Free ports for what the server needs beside `port`, as many as the recipe asks for. */
  readonly morePorts: readonly number[]
  readonly folder: string
}

/** How to start a program that listens, for tests alone, and to see that it answers. */
export interface ServerRecipe {
  /** Finds or installs the program, or notes a skip. */
  readonly program: () => Promise<Service>
  /** Environment variable with the URL of a running one; when it is set nothing is started. */
  readonly urlVariable: string
  readonly url: (port: number) => string
  /** Ports that it needs beside the one of its URL; default 0. */
  readonly morePorts?: number
  /** Done once in the new folder, before the first start. */
  readonly prepare?: (place: Place) => Promise<void>
  readonly start: (place: Place) => { readonly command: readonly string[]; readonly env?: NodeJS.ProcessEnv }
  /** Bytes to send and what the answer looks like, as Latin-1; a server that greets first has nothing to send. */
  readonly greeting: { readonly send: string; readonly expect: RegExp }
  /** How long it may take until it answers; default 20 s. */
  readonly readyWithinMs?: number
}

/** Servers that tests may ask for with `requireServer(name)`. A new one is an entry here. */
export const serverRecipes = {
  redis: {
    program: () => requireService('redis'),
    urlVariable: 'FOREBAY_REDIS_URL',
    url: (port) => `redis://127.0.0.1:${port}`,
    start: ({ program, port, folder }) => ({
      command: [
        program,
        ...`--port ${port} --bind 127.0.0.1 --dir ${folder} --appendonly yes`.split(' '),
        '--save',
        '',
      ],
    }),
    greeting: { send: 'PING\r\n', expect: /^\+PONG/ },
  },
  rabbitmq: rabbitmqRecipe,
  nats: {
    program: () => requireService('nats'),
    urlVariable: 'FOREBAY_NATS_URL',
    url: (port) => `nats://127.0.0.1:${port}`,
    start: ({ program, port, folder }) => ({
      command: [program, ...`-a 127.0.0.1 -p ${port} -js -sd ${folder}`.split(' ')],
    }),
    greeting: { send: '', expect: /^INFO \{.*"jetstream":true/ },
  },
  postgres: postgresRecipe,
  kafka: kafkaRecipe,
} as const satisfies Record<string, ServerRecipe>

export type ServerName = keyof typeof serverRecipes
