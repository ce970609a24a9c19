import { serveConsole, type RunningConsole } from '@forebay/console'
import { metricsText, type Sampler } from 'forebay/observe'
import type { Store } from 'forebay/queue'
import type { Beside } from '../beside.ts'
import type { RunCommandOptions } from './options.ts'

/** Serves the console of a run, if it is to have one, and says where it is. */
export async function openConsole(
  { console: port, allowCommands }: Pick<RunCommandOptions, 'console' | 'allowCommands'>,
  samples: Sampler,
  beside: Beside,
  store: Store | undefined,
  log: (line: string) => void,
): Promise<RunningConsole | undefined> {
  if (port === undefined) return undefined
  const page = await serveConsole(
    {
      snapshots: () => samples.snapshots(),
      why: () => samples.why(),
      subscribe: (listener) => samples.subscribe(listener),
      history: () => samples.history(),
      marks: () => samples.marks(),
      scale: (flow, scaleOptions) => samples.scale(flow, scaleOptions),
      extra: () => beside.panes?.() ?? [],
    },
    {
      port,
      allowWrite: allowCommands,
      ...(store !== undefined && { queues: () => store.opened() }),
      ...(beside.commands !== undefined && { commands: beside.commands }),
      metrics: () => metricsText(samples.snapshots(), { scale: (flow) => samples.scale(flow) }),
    },
  )
  log(`console  ${page.url}${port === 0 || port === page.port ? '' : ` (port ${port} is taken)`}`)
  return page
}
