import { spawn } from 'node:child_process'

/** A process that does not outlive this one, however this one ends. */
export interface WatchedProcess {
  readonly pid: number
  /** Ends it: SIGTERM, and SIGKILL to what has not ended after 5 s. Its folder stays. Twice is fine. */
  stop(): Promise<void>
}

/**
 * The shell that stands between us and the process reads its standard input, which closes when we end, even by
 * SIGKILL. It has not waited for its child until then, so the id it kills can have been given to nobody else.
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
    shell.stdout.once('data', (line: Buffer) => resolve({ pid: Number(line.toString()), stop }))
    shell.once('close', () => reject(new Error(`${command[0]} did not start`)))
  })
}
