import { createJiti } from 'jiti'
import type * as command from './command.ts'

// By default each name that one file takes from another goes through a proxy, each time: a tenth of the simulation.
const jiti = createJiti(import.meta.url, { interopDefault: false })
await jiti.import<typeof command>('./command.ts')
