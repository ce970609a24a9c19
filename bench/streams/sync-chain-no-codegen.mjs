// The synchronous chain without generated code, as where a policy forbids it, against one loop that calls the functions.
import { contender, expected, forebay, ITEMS, loop } from '../lib/sync-chain.mjs'

export default {
  area: 'streams',
  name: 'sync chain, polluted, codegen off',
  metric: 'ns of CPU an item',
  items: ITEMS,
  warmups: 3,
  rounds: 7,
  turns: 3,
  expected,
  answer: (value) => value,
  contenders: {
    'forebay, codegen off': async () => contender(await forebay({ codegen: false }), 'polluted'),
    'for loop': async () => contender(await loop(), 'polluted'),
  },
  goals: { 'for loop': { goal: 1 / 1.5, about: '≤ 1.5x its time' } },
}
