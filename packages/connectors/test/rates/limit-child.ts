import { redisGateStore } from '@forebay/connectors/redis'
import { sharedLimit } from 'forebay/gates'

/** Takes all four slots of a shared limit, says so, and keeps them until it is killed. */
const { url, prefix, name, lease } = JSON.parse(process.argv[2] as string) as {
  url: string
  prefix: string
  name: string
  lease: number
}
const gate = sharedLimit(4, {
  store: redisGateStore({ url, prefix }),
  name,
  lease,
  line: { hold: '10s' },
  away: { timeout: 5000 },
})
for (let i = 0; i < 4; i++) await gate.acquire()
console.log('held')
