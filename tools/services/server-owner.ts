import { requireServer } from './require-server.ts'

/** Starts a server, says where it is, and waits to be killed; a test looks what becomes of the server. */
const { url, pid, folder } = await requireServer('redis')
console.log(JSON.stringify({ url, pid, folder }))
setInterval(() => {}, 1000)
