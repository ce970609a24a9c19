import { errorText, wantsStack } from './errors/error-text.ts'
import { EXIT, UsageError } from './errors/exit-codes.ts'

interface Command {
  readonly usage: string
  readonly summary: string
  /** The code of a command is loaded when it is asked for: starting all of them takes half a second. */
  readonly load: () => Promise<(args: string[], withStack: boolean) => Promise<number>>
}

const commands: Readonly<Record<string, Command>> = {
  run: {
    usage: `forebay run FILE [options]

  forebay run flow.ts                          runs it, with the live console
  forebay run flow.ts --for 20s --json         runs 20 seconds, drains, prints one JSON object

  --for TIME         end after TIME (20s, 5m): sources stop, everything flows out
  --drain-for TIME   how long draining may take; what is left in durable edges stays on disk (default 10s)
  --store URL        where durable edges live: disk:DIR, memory:, redis://HOST or another broker
                     (default disk:.forebay/FLOW)
  --memory BYTES     what all edges may hold together (128MiB)
  --json             one JSON object on stdout at the end
  --console[=PORT]   serve the live console (default, port 7788 or the next free one)
  --no-console       do not
  --allow-commands   let the console run the commands that the flow file offers
  --webhook URL      post alerts there
  --quiet            no live summary
  --verbose          errors with their stacks`,
    summary: 'run a flow, with console, metrics and alerts',
    load: async () => (await import('./run/run.ts')).runCommand,
  },
  explain: {
    usage: `forebay explain FILE [options]

  Every edge with its policy, bound and worst-case memory, where loss can happen, and
  which ways of the flow can wait for each other for good.

  --item-bytes BYTES  what an item counts as where no bytes are declared (default 1KiB)
  --json              one JSON object on stdout

  Exit code 3 when something is unbounded, or is certain to deadlock.`,
    summary: 'what a flow can hold and lose at worst, without running it',
    load: async () => (await import('./explain.ts')).explainCommand,
  },
  simulate: {
    usage: `forebay simulate FILE [options]

  forebay simulate strategies.ts --out chart.html
  forebay simulate strategies.ts --goal 'p99<500ms,missed<1%'

  Compares strategies on a described workload, in virtual time. One of the
  exports of the file is a simulation({ workload, strategies, goal }) of forebay/simulate.

  --goal GOAL        what a strategy has to keep, instead of the file's: p99<TIME, missed<SHARE, held<ITEMS
  --seed N           other chance; the same seed gives the same result (default: the file's, else 1)
  --out FILE         a chart, as .html or .svg, or everything as .json; may be given several times
  --json             everything, with samples over time, as one JSON object on stdout

  Exit code 3 when no strategy keeps the goal.`,
    summary: 'compare strategies on a described workload, in virtual time',
    load: async () => (await import('./simulate/simulate.ts')).simulateCommand,
  },
  load: {
    usage: `forebay load URL [options]

  forebay load http://127.0.0.1:8080/ --rate 500/s --for 10s
  forebay load --plan plan.json --out report.html --expect 'p99<200ms,ok>=0.99'

  Sends requests at instants that were decided beforehand (an open loop), and counts latency
  from these instants, so that a service that stands still cannot hide it.

  --rate RATE --for TIME  one phase: 500/s, 600/m; --ramp-to RATE changes the rate evenly
  --plan FILE             phases, bursts, tenants and all below as { phases: [{ for, rate }] }, .json or a module
  --even                  arrivals like a clock; default at random (Poisson)
  --seed N                the same seed gives the same schedule (1)
  --warm-up TIME          sent first, counted nowhere
  --tenants a=3,b=1       who sends, with shares; --tenant-header NAME (x-tenant) carries the name
  --levels 0=1,2=9        shares of the levels, in the header x-level; 0 is the most important
  --deadline TIME         clients give up after it; what is left is sent as x-deadline, in ms
  --wait-for-late         they wait all the same, and what comes is late
  --timeout TIME          of one attempt (30s)
  --retry N|naive:N       tries after the first, within a budget of one in ten, or without (none)
  --obey                  a tenant that was told Retry-After sends nothing until then
  --method NAME, --header 'NAME: VALUE' (several times), --body TEXT
  --connections N         HTTP/1.1 connections, one request each (256)
  --in-flight N           requests without an end, those that wait for a retry too (4 per connection)
  --expect LIST           p50 p90 p99 p999 max mean, goodput, and shares: ok shed late failed timedOut
                          saturated, of everything or of tenants.NAME, phases.NAME, levels.N
  --out FILE              a report as .html, or everything as .json; may be given several times
  --json                  everything as one JSON object on stdout
  --quiet                 no live progress
  --yes-i-may             loads an address that is not of this machine

  The first Ctrl-C ends the schedule, and the report is about what was sent. Exit code 3 when an
  expectation is not met, 4 when nothing answers.`,
    summary: 'send requests on a fixed schedule, and say what became of them',
    load: async () => (await import('./load/command/load-command.ts')).loadCommand,
  },
  queue: {
    usage: `forebay queue WHAT [QUEUE] [options]

  forebay queue ls                              every queue and what it holds
  forebay queue inspect QUEUE                   one queue, with the reasons of its dead letters
  forebay queue peek QUEUE --state dead         messages where they are (--state, --max 10)
  forebay queue tail QUEUE                      a line a second, and each new dead letter (--every 1s, --for TIME)
  forebay queue redrive QUEUE --reason timeout  puts dead letters back, with fresh attempts
  forebay queue purge QUEUE --state dead --yes  removes them for good; --state ready what waits
  forebay queue bench --store disk:/tmp/data    puts and acks a second (--for 4s, --bytes 1KiB, --batch 256)

  --store URL    where the queues live (default: the only store of flows in .forebay)
  --json         as JSON on stdout, a line each for peek and tail
  --max N        at most N messages
  --rate N       redrive: at most N a second (100)
  --id ID        redrive: this one; may be given several times
  --reason TEXT  redrive: those whose last reason contains TEXT
  --dry-run      redrive: only says how many, of the first 1,000

  A folder is served by one process at a time: while a flow runs on it, its console shows the queues.`,
    summary: 'look at durable queues, put dead letters back, purge, measure a store',
    load: async () => (await import('./queue/queue-command.ts')).queueCommand,
  },
  migrate: {
    usage: `forebay migrate FILE… [options]

  forebay migrate src/client.ts            prints the changed file, and on stderr what to look at
  forebay migrate --write src/*.ts         changes the files

  Changes calls through p-limit, p-queue, bottleneck, opossum and cockatiel into calls through
  gates. What it is not sure of stays as it is, and is named with its line.

  --write   change the files in place
  --json    one JSON array on stdout: file, text, isChanged, notes`,
    summary: 'change p-limit, p-queue, bottleneck, opossum and cockatiel into gates',
    load: async () => (await import('./migrate/migrate-command.ts')).migrateCommand,
  },
}

/** Whether whoever typed the command wants to see stacks. */
const withStack = wantsStack(process.argv, process.env)

async function main(): Promise<number> {
  const [name, ...args] = process.argv.slice(2).filter((arg) => arg !== '--verbose')
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview())
    return name === undefined ? EXIT.usage : EXIT.ok
  }
  if (name === '--version' || name === 'version') {
    const { default: manifest } = await import('../package.json', { with: { type: 'json' } })
    process.stdout.write(`${(manifest as { version: string }).version}\n`)
    return EXIT.ok
  }
  const command = commands[name]
  if (command === undefined) {
    return misused(`there is no command '${name}'${didYouMean(name)}`)
  }
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${command.usage}\n`)
    return EXIT.ok
  }
  try {
    return await (
      await command.load()
    )(args, withStack)
  } catch (error) {
    if (error instanceof UsageError) return misused(error.message, ` ${name}`)
    process.stderr.write(`forebay ${name}: ${errorText(error, withStack)}\n`)
    return EXIT.failed
  }
}

function misused(message: string, command = ''): number {
  process.stderr.write(`forebay${command}: ${message}\nsee forebay${command} --help\n`)
  return EXIT.usage
}

function overview(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  return `forebay: backpressure for TypeScript\n\n${rows.join('\n')}\n\n  forebay COMMAND --help says more\n`
}

function didYouMean(name: string): string {
  const close = Object.keys(commands).find((command) => command[0] === name[0])
  return close === undefined ? '' : `; did you mean '${close}'?`
}

/** Time for what closes after the run. */
const LINGER_MS = 2000

process.exitCode = await main()
// Work that was cut off may hold the event loop for as long as it likes, and nobody waits for it any more.
setTimeout(() => process.exit(), LINGER_MS).unref()
