import { spawn, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A program of this folder in a process of its own, and the lines it has written. */
export interface Child {
  readonly process: ChildProcess
  readonly lines: string[]
  /** The next line that `accept` takes, also one already written; fails when the process ends first. */
  line(accept: (line: string) => boolean): Promise<string>
  /** Resolves when the process has ended and everything it wrote has been read. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib', 'jiti-cli.mjs')

/** Starts `program` with `args`. `through` are words put before the command, such as a limit on what it may use. */
export function startChild(args: readonly string[], through: readonly string[] = [], program = 'child.ts'): Child {
  const script = fileURLToPath(new URL(program, import.meta.url))
  const [command, ...rest] = [...through, process.execPath, jiti, script, ...args] as [string, ...string[]]
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const watchers = new Set<() => void>()
  let isOver = false
  let partial = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (partial + text).split('\n')
    partial = parts.pop() ?? ''
    lines.push(...parts)
    for (const watch of watchers) watch()
  })
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      isOver = true
      for (const watch of watchers) watch()
      resolve({ code, signal })
    })
  })
  const line = (accept: (line: string) => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find(accept)
        if (found === undefined && !isOver) return
        watchers.delete(look)
        if (found === undefined) reject(new Error(`the child has ended; it wrote ${lines.slice(-5).join(' / ')}`))
        else resolve(found)
      }
      watchers.add(look)
      look()
    })
  return { process: child, lines, line, ended }
}
