import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { serverRecipes } from './server-recipes.ts'
import type { Place, ServerName, ServerRecipe } from './server-recipes.ts'
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
  /** The ports that its recipe asked for beside the one of its URL; none when it is not ours. */
  readonly morePorts: readonly number[]
  /** Starts it again on the same port and in the same folder, after it was killed or stopped. */
  restart(): Promise<void>
  /** Kills it at once (SIGKILL), as a crash does. */
  kill(): Promise<void>
  /** Runs a program that lies beside the server's, in the environment of the server: `rabbitmqctl`, `psql`. Its output. */
  tool(name: string, args: readonly string[]): Promise<string>
  /** Stops it and deletes its folder. It ends with this process in any case. */
  stop(): Promise<void>
}

const execute = promisify(execFile)

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
export function requireServer(name: ServerName, args: readonly string[] = []): Promise<Server> {
  const recipe: ServerRecipe = serverRecipes[name]
  const url = process.env[recipe.urlVariable]
  if (url !== undefined && url !== '') return Promise.resolve(new StartedServer(url))
  return requireOwnServer(name, recipe, args)
}

/** The same by a recipe that a test brings, always one of our own: for a server that is set up like no other. */
export async function requireOwnServer(
  name: string,
  recipe: ServerRecipe,
  args: readonly string[] = [],
): Promise<Server> {
  const { available, path } = await recipe.program()
  if (!available) return new StartedServer('')
  const [port, ...morePorts] = await freePorts(1 + (recipe.morePorts ?? 0))
  const folder = mkdtempSync(join(tmpdir(), `forebay-${name}-`))
  const place = { program: path, port, morePorts, folder }
  await recipe.prepare?.(place)
  const { command, env = {} } = recipe.start(place)
  const server = new StartedServer(recipe.url(port), { command: [...command, ...args], env, recipe, place })
  await server.restart()
  return server
}

interface Launch {
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly recipe: ServerRecipe
  readonly place: Place
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
    return this.#launch?.place.folder ?? ''
  }

  get morePorts(): readonly number[] {
    return this.#launch?.place.morePorts ?? []
  }

  async restart(): Promise<void> {
    const { command, env, recipe, place } = this.#started()
    const log = join(place.folder, 'output.log')
    const end = Date.now() + (recipe.readyWithinMs ?? 20_000)
    await this.#process?.stop()
    this.#process = undefined
    do {
      // One that ends at once is started again: what is left of the killed one may still hold its port or its files.
      if (this.#process === undefined || (await this.#process.hasEnded())) {
        await this.#process?.stop()
        this.#process = await startWatched(command, { env, log, folder: place.folder })
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (await answers(place.port, recipe.greeting)) return
    } while (Date.now() < end)
    const written = readFileSync(log, 'utf8').slice(-2000)
    await this.stop()
    throw new Error(`${command[0]} did not answer on port ${place.port}; it wrote: ${written}`)
  }

  async kill(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    await running?.kill()
  }

  async tool(name: string, args: readonly string[]): Promise<string> {
    const { env, place } = this.#started()
    const path = join(dirname(place.program), name)
    const { stdout } = await execute(path, args, {
      env: { ...process.env, ...env },
      timeout: 60_000,
      cwd: place.folder,
    })
    return stdout
  }

  async stop(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    await running?.stop()
    if (this.#launch !== undefined) rmSync(this.#launch.place.folder, { recursive: true, force: true })
  }

  #started(): Launch {
    if (this.#launch === undefined) throw new Error('this server was not started here')
    return this.#launch
  }
}

/** Ports that nobody listens on. Somebody may take one before we do; the server then says so and the test fails loudly. */
async function freePorts(count: number): Promise<[number, ...number[]]> {
  const probes = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(probes.map((probe) => listening(probe)))
  for (const probe of probes) probe.close()
  return ports as [number, ...number[]]
}

function listening(probe: NetServer): Promise<number> {
  return new Promise((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => resolve((probe.address() as AddressInfo).port))
  })
}

function answers(port: number, { send, expect }: ServerRecipe['greeting']): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(send, 'latin1'))
    let text = ''
    const end = (is: boolean): void => {
      socket.destroy()
      resolve(is)
    }
    socket.setTimeout(1000, () => end(false))
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      if (expect.test(text)) end(true)
    })
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
  })
}
