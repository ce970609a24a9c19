import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { requireService } from './require-service.ts'
import type { ServerRecipe } from './server-recipes.ts'

const execute = promisify(execFile)

/**
 * PostgreSQL, which does not run as root: there it runs as the user that the package made. It trusts everybody who
 * reaches its loopback port, and keeps its full durability.
 */
export const postgresRecipe: ServerRecipe = {
  program: () => requireService('postgres'),
  urlVariable: 'FOREBAY_POSTGRES_URL',
  url: (port) => `postgres://postgres@127.0.0.1:${port}/postgres`,
  prepare: async ({ program, folder }) => {
    if (isRoot()) await execute('chown', ['postgres', folder])
    const initdb = [join(dirname(program), 'initdb'), '-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust']
    const [command, ...args] = [...asUser(), ...initdb, '-E', 'UTF8', '--locale=C', '--no-instructions', '--no-sync']
    await execute(command as string, args, { cwd: folder })
  },
  start: ({ program, port, folder }) => ({
    command: [...asUser(), program, '-D', join(folder, 'data'), '-p', `${port}`, '-k', folder, '-h', '127.0.0.1'],
  }),
  // The first message of its protocol; it is answered with R once it takes connections, with E while it recovers.
  greeting: { send: startupMessage(), expect: /^R/ },
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** In the place of the command itself, so that its process id is the server's. */
function asUser(): string[] {
  return isRoot() ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--'] : []
}

function startupMessage(): string {
  const parameters = 'user\0postgres\0database\0postgres\0\0'
  return `\0\0\0${String.fromCharCode(8 + parameters.length)}\0\u0003\0\0${parameters}`
}
