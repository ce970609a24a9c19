import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { StartWorker } from '../../flow/workers/worker-port.ts'
import { inheritedFlags } from './inherited-flags.ts'
import type { FromWorker, WorkerSetup } from './messages.ts'
import { WorkerLink } from './worker-link.ts'

/** Workers that are child processes. */
export function processes(setup: Omit<WorkerSetup, 'seat'>, heapMb: number | undefined): StartWorker {
  const flags = inheritedFlags(process.execArgv)
  const execArgv = heapMb === undefined ? flags : [...flags, `--max-old-space-size=${heapMb}`]
  return (events, seat) => {
    const child = fork(fileURLToPath(new URL('./worker-main.js', import.meta.url)), {
      serialization: 'advanced',
      execArgv,
    })
    const link = new WorkerLink(
      events,
      {
        post: (message) => {
          // What goes wrong on the way, the end of the child tells.
          if (child.connected) child.send(message, () => {})
        },
        end: () => void child.kill('SIGKILL'),
      },
      undefined,
    )
    let ends = 0
    let how = 'its process has ended'
    // What it has sent may still be on its way when it has exited.
    const ended = (): void => {
      if (++ends === 2) link.gone(how)
    }
    child.on('message', (message) => link.heard(message as FromWorker))
    child.on('error', (error) => {
      link.failed(error)
      if (child.pid === undefined) link.gone('its process could not be started')
    })
    child.on('disconnect', ended)
    child.on('exit', (code, signal) => {
      how = `its process has ended with ${signal ?? `code ${code}`}`
      ended()
    })
    try {
      child.send({ ...setup, seat }, () => {})
    } catch (error) {
      // Data that cannot be sent: it would wait for them for ever.
      child.kill('SIGKILL')
      throw error
    }
    return link
  }
}
