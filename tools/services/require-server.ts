import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requireService } from './require-service.ts'
import { serverRecipes } from './server-recipes.ts'
import type { ServerName, ServerRecipe } from './server-recipes.ts'
import { startWatched } from './watched-process.ts'
import type { WatchedProcess } from './watched-process.ts'

/** A server that a test may talk to. */
export interface Server {
  readonly available: boolean
  /** Empty when it is not available. */
  readonly url: string
  /** Whether we started it, and so may kill it; a server that the environment named is only talked to. */
  readonly isOurs: boolean
  /** Its process id; 0 when it is not ours or does not run. */
  readonly pid: number
  /** Where it keeps what it writes; empty when it is not ours. */
  readonly folder: string
  /** Starts it again on the same port and in the same folder, after it was killed or stopped. */
  restart(): Promise<void>
  /** Kills it at once (SIGKILL), as a crash does. */
  kill(): Promise<void>
  /** Stops it and deletes its folder. It ends with this process in any case. */
  stop(): Promise<void>
}

/**
 * A running server for a test file: the one that `FOREBAY_…_URL` names, else one of our own on a free loopback port
 * and in a temporary folder, for which the program is found or installed as by {@link requireService}; else a skip is
 * noted. Every call starts another. `args` go behind those of the recipe.
 *
 * ```ts
 * const redis = await requireServer('redis')
 * afterAll(() => redis.stop())
 * describe.skipIf(!redis.available)('the store', () => { ... redis.url ... })
 * ```
 */
export async function requireServer(name: ServerName, args: readonly string[] = []): Promise<Server> {
  const recipe: ServerRecipe = serverRecipes[name]
  const url = process.env[recipe.urlVariable]
  if (url !== undefined && url !== '') return new StartedServer(url)
  const { available, path } = await requireService(recipe.program)
  if (!available) return new StartedServer('')
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), `forebay-${name}-`))
  const started = recipe.start(port, folder)
  const server = new StartedServer(recipe.url(port), {
    command: [path, ...started.args, ...args],
    env: started.env ?? {},
    recipe,
    port,
    folder,
  })
  await server.restart()
  return server
}

interface Launch {
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly recipe: ServerRecipe
  readonly port: number
  readonly folder: string
}

class StartedServer implements Server {
  readonly url: string
  readonly #launch: Launch | undefined
  #process: WatchedProcess | undefined

  constructor(url: string, launch?: Launch) {
    this.url = url
    this.#launch = launch
  }

  get available(): boolean {
    return this.url !== ''
  }

  get isOurs(): boolean {
    return this.#launch !== undefined
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  get folder(): string {
    return this.#launch?.folder ?? ''
  }

  async restart(): Promise<void> {
    const launch = this.#launch
    if (launch === undefined) throw new Error('this server was not started here')
    const { command, env, recipe, port, folder } = launch
    await this.#process?.stop()
    const log = join(folder, 'output.log')
    this.#process = await startWatched(command, { env, log, folder })
    const end = Date.now() + (recipe.readyWithinMs ?? 20_000)
    while (!(await answers(port, recipe.greeting))) {
      if (Date.now() > end) {
        const written = readFileSync(log, 'utf8').slice(-2000)
        await this.stop()
        throw new Error(`${command[0]} did not answer on port ${port}; it wrote: ${written}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async kill(): Promise<void> {
    const running = this.#process
    if (running === undefined) return
    this.#process = undefined
    process.kill(running.pid, 'SIGKILL')
    await running.stop()
  }

  async stop(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    await running?.stop()
    if (this.#launch !== undefined) rmSync(this.#launch.folder, { recursive: true, force: true })
  }
}

/** A port that nobody listens on. Somebody may take it before we do; the server then says so and the test fails loudly. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

function answers(port: number, { send, expect }: ServerRecipe['greeting']): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(send))
    let text = ''
    const end = (is: boolean): void => {
      socket.destroy()
      resolve(is)
    }
    socket.setTimeout(1000, () => end(false))
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      if (text.length >= expect.length) end(text.startsWith(expect))
    })
    socket.on('error', () => end(false))
    socket.on('close', () => resolve(false))
  })
}
