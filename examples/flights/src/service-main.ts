import { parseArgs } from 'node:util'
import { parentLink } from './parent-link.ts'
import { openService } from './service.ts'

// The enrichment service as a process of its own: node dist/service-main.js [--port 0]

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } })
const link = parentLink()
const service = await openService({ port: Number(values.port) })
link.tell({ type: 'service', url: service.url })
link.signal.addEventListener('abort', () => void service.close(), { once: true })
