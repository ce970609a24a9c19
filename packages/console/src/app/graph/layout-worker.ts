import { arrange } from './arrange.ts'
import type { LayoutPlan } from './plan.ts'

interface Scope {
  onmessage: ((event: MessageEvent<{ key: string; plan: LayoutPlan }>) => void) | null
  postMessage(message: unknown): void
}

const scope = globalThis as unknown as Scope

scope.onmessage = ({ data: { key, plan } }) => scope.postMessage({ key, layout: arrange(plan) })
