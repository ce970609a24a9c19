import { execFile, spawn } from 'node:child_process'

/** A process that does not outlive this one, however this one ends. */
export interface WatchedProcess {
  readonly pid: number
  /** It has ended by itself. */
  hasEnded(): Promise<boolean>
  /** Kills it at once, and then what is left of its group. Not after `stop`. */
  kill(): Promise<void>
  /** Ends it: SIGTERM, and SIGKILL to what has not ended after 5 s. Its folder stays. Twice is fine. */
  stop(): Promise<void>
}

/**
 * The shell that stands between us and the process reads its standard input, which closes when we end, even by
 * SIGKILL. It has not waited for its child until then, so the id it kills can have been given to nobody else. Last it
 * ends its own process group, and with it what the process left behind.
 */
const watch = `
"$@" </dev/null >"$LOG" 2>&1 &
pid=$!
echo $pid
farewell=$(cat)
kill -TERM $pid 2>/dev/null
( sleep 5; kill -KILL $pid 2>/dev/null ) </dev/null >/dev/null 2>&1 &
watchdog=$!
wait $pid
kill $watchdog 2>/dev/null
[ "$farewell" = stop ] || rm -rf "$FOLDER"
kill -KILL 0
`

/** Starts `command` with its output in the file `log`. `folder` is deleted when this process ends without stopping it. */
export function startWatched(
  command: readonly string[],
  options: { readonly log: string; readonly env: NodeJS.ProcessEnv; readonly folder: string },
): Promise<WatchedProcess> {
  const shell = spawn('sh', ['-c', watch, 'sh', ...command], {
    env: { ...process.env, ...options.env, LOG: options.log, FOLDER: options.folder },
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true, // an interrupt of the terminal must not end the shell before it has cleaned up
  })
  shell.stdin.on('error', () => {}) // the shell may be gone already
  const ended = new Promise<void>((resolve) => shell.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    shell.stdin.end('stop')
    await ended
  }
  return new Promise((resolve, reject) => {
    shell.once('error', reject)
    shell.stdout.once('data', (line: Buffer) => {
      const pid = Number(line.toString())
      resolve({
        pid,
        hasEnded: () => hasEnded(pid),
        kill: () => {
          process.kill(pid, 'SIGKILL')
          return stop()
        },
        stop,
      })
    })
    shell.once('close', () => reject(new Error(`${command[0]} did not start`)))
  })
}

/** Nobody has waited for the process yet, so one that has ended is still listed, as a zombie. */
function hasEnded(pid: number): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'stat=', '-p', `${pid}`], (error, state) => {
      const cannotTell = error?.code === 'ENOENT'
      resolve(!cannotTell && (state.trim() === '' || state.startsWith('Z')))
    })
  })
}
