import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startServer } from './servers.mjs'

const child = fileURLToPath(new URL('contender-child.mjs', import.meta.url))
const LIMIT_MS = 60_000

/**
 * Runs `work` with contenders by name, each in a process of its own, and with the servers that they need: `ask(task)`
 * has one do something. `list` is `{ name: { server? } }`; one whose server is not there is left out, and that is said.
 */
export async function withContenders(list, work) {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'))
  const servers = new Map()
  const contenders = {}
  try {
    for (const [name, { server }] of Object.entries(list)) {
      if (server !== undefined && !servers.has(server)) servers.set(server, await startServer(server))
      if (server !== undefined && !servers.get(server).available) {
        process.stderr.write(`${name} is not compared: there is no ${server} here\n`)
        continue
      }
      const own = join(folder, name)
      mkdirSync(own)
      contenders[name] = await startContender(name, own, servers.get(server)?.url ?? '')
    }
    return await work(contenders)
  } finally {
    for (const contender of Object.values(contenders)) await contender.stop()
    for (const server of servers.values()) await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startContender(name, folder, url) {
  const process_ = fork(child, [name, folder, url], { stdio: ['ignore', 2, 2, 'ipc'] })
  const answer = () =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => over(reject, new Error(`${name} did not answer in time`)), LIMIT_MS)
      const over = (settle, value) => {
        clearTimeout(timer)
        process_.off('message', came)
        process_.off('exit', ended)
        settle(value)
      }
      const came = ({ answer: value, error }) => (error === undefined ? over(resolve, value) : over(reject, new Error(error)))
      const ended = (code) => over(reject, new Error(`${name} ended with ${code}`))
      process_.on('message', came)
      process_.on('exit', ended)
    })
  await answer()
  return {
    pid: process_.pid,
    ask: (task, how = {}) => {
      const answered = answer()
      process_.send({ task, ...how })
      return answered
    },
    stop: async () => {
      if (process_.exitCode !== null) return
      const ended = new Promise((resolve) => process_.once('exit', resolve))
      process_.send({ task: 'close' })
      const timer = setTimeout(() => process_.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(timer)
    },
  }
}
