import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { llm } from 'forebay/http'
import { afterEach, describe, expect, it } from 'vitest'

/** What a provider of language models counts in a window of a second. */
class Provider {
  served = 0
  refused = 0
  #server: Server
  #windowAt = 0
  #requests = 0
  #tokens = 0

  constructor(tell: (provider: Provider, res: ServerResponse) => void) {
    this.#server = createServer((req, res) => {
      let text = ''
      req.on('data', (chunk) => (text += String(chunk)))
      req.on('end', () => {
        const { tokens } = JSON.parse(text) as { tokens: number }
        const now = Date.now()
        if (now - this.#windowAt >= 1000) {
          this.#windowAt = now
          this.#requests = 0
          this.#tokens = 0
        }
        const fits = this.#requests < 20 && this.#tokens + tokens <= 2000
        if (fits) {
          this.#requests++
          this.#tokens += tokens
          this.served++
        } else {
          this.refused++
        }
        tell(this, res)
        res.statusCode = fits ? 200 : 429
        setTimeout(() => res.end(JSON.stringify({ usage: { total_tokens: tokens } })), 5)
      })
    })
  }

  get left(): { requests: number; tokens: number; resetMs: number } {
    const resetMs = Math.max(1, this.#windowAt + 1000 - Date.now())
    return { requests: 20 - this.#requests, tokens: 2000 - this.#tokens, resetMs }
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close().closeAllConnections()
  }
}

let provider: Provider
afterEach(() => provider.close())

const dialects: [name: string, tell: (provider: Provider, res: ServerResponse) => void][] = [
  [
    'OpenAI',
    ({ left }, res) => {
      res.setHeader('x-ratelimit-remaining-requests', left.requests)
      res.setHeader('x-ratelimit-remaining-tokens', left.tokens)
      res.setHeader('x-ratelimit-reset-requests', `${left.resetMs}ms`)
      res.setHeader('x-ratelimit-reset-tokens', `${left.resetMs}ms`)
      res.setHeader('retry-after-ms', left.resetMs)
    },
  ],
  [
    'Anthropic',
    ({ left }, res) => {
      const reset = new Date(Date.now() + left.resetMs).toISOString()
      for (const unit of ['requests', 'tokens'] as const) {
        res.setHeader(`anthropic-ratelimit-${unit}-remaining`, left[unit])
        res.setHeader(`anthropic-ratelimit-${unit}-reset`, reset)
      }
      res.setHeader('retry-after', Math.ceil(left.resetMs / 1000))
      res.removeHeader('date')
      res.sendDate = false
    },
  ],
]

describe.each(dialects)('a model that speaks as %s', (_name, tell) => {
  it('serves every call, and refuses only what was under way, though its limits were never configured', async () => {
    provider = new Provider(tell)
    const url = await provider.listen()
    const model = llm({ concurrency: 8 })
    const calls = Array.from({ length: 60 }, async (_, i) => {
      const tokens = 20 + (i % 5) * 20
      const answer = await model.call(
        async () => {
          const response = await fetch(url, { method: 'POST', body: JSON.stringify({ tokens }) })
          const json = (await response.json()) as { usage: { total_tokens: number } }
          return { status: response.status, headers: response.headers, json }
        },
        { estimate: 100, usage: ({ json }) => json.usage.total_tokens, retry: { max: 5 } },
      )
      return answer.status
    })
    expect(new Set(await Promise.all(calls))).toEqual(new Set([200]))
    expect(provider.served).toBe(60)
    expect(provider.refused).toBeLessThanOrEqual(3 * 7) // in each window those that were under way when it was used up
    expect(model.stats).toMatchObject({ inUse: 0, waiting: 0 })
  })
})
