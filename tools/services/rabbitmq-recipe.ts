import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { requireService } from './require-service.ts'
import type { Place, ServerRecipe } from './server-recipes.ts'

/**
 * RabbitMQ under a node name, with a port mapper (epmd) and a cookie of its own, so that several run beside each other
 * and beside one that the machine has. The scripts are those of the package's `lib/rabbitmq/bin`: the ones on the PATH
 * change user and drop the environment.
 */
export const rabbitmqRecipe: ServerRecipe = {
  program: () => requireService('rabbitmq'),
  urlVariable: 'FOREBAY_RABBITMQ_URL',
  url: (port) => `amqp://guest:guest@127.0.0.1:${port}`,
  morePorts: 2,
  start: (place) => ({
    // The port mapper is started here, or the server would start one as a daemon that outlives it.
    command: [
      'sh',
      '-c',
      `${epmd(place.program)} -address 127.0.0.1 -port ${place.morePorts[1]} & exec "$0"`,
      server(place),
    ],
    env: environment(place),
  }),
  greeting: { send: 'AMQP\0\0\u0009\u0001', expect: /^[^A]\0\0/ }, // a frame; to another protocol it says which one it speaks: AMQP
  readyWithinMs: 60_000,
}

function server({ program }: Place): string {
  return join(dirname(program), 'rabbitmq-server')
}

/** Debian keeps it on the PATH, some builds beside the scripts. */
function epmd(program: string): string {
  const beside = join(dirname(program), 'epmd')
  return existsSync(beside) ? beside : 'epmd'
}

function environment({ port, morePorts, folder }: Place): NodeJS.ProcessEnv {
  return {
    HOME: folder,
    RABBITMQ_NODENAME: `forebay${port}@localhost`,
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: `${port}`,
    RABBITMQ_DIST_PORT: `${morePorts[0]}`,
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: `${morePorts[1]}`,
    // The script runs the emulator in its own place then, so that a signal reaches the server itself.
    RABBITMQ_ALLOW_INPUT: '1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput',
  }
}
