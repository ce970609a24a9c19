import { requireServer } from './require-server.ts'
import type { ServerName } from './server-recipes.ts'

/** Starts the server that it is told, says where it is, and waits to be killed; a test looks what becomes of the server. */
const { url, pid, folder } = await requireServer(process.argv[2] as ServerName)
console.log(JSON.stringify({ url, pid, folder }))
setInterval(() => {}, 1000)
