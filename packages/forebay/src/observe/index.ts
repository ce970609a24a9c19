export type {
  EdgeSnapshot,
  FlowLedger,
  GateSnapshot,
  Histogram,
  LoopSnapshot,
  Snapshot,
  StageSnapshot,
} from '../kernel/snapshot.ts'
export { SNAPSHOT_VERSION } from '../kernel/snapshot.ts'
export type {
  AgainInspection,
  AskCounts,
  CallerCounts,
  GateDecision,
  GateInspection,
  GateNotes,
  GateObserver,
} from '../kernel/gate.ts'
export { observeGates } from './gates/observe-gates.ts'
export type { GatesToObserve, ObservedGates, ObserveGatesOptions } from './gates/observe-gates.ts'
export type { Overflow } from '../kernel/overflow.ts'
export { verdict } from '../kernel/verdict/verdict.ts'
export type { Blocked, Evidence, Loss, Verdict } from '../kernel/verdict/verdict.ts'
export type { VerdictKind, VerdictOptions } from '../kernel/verdict/finding.ts'
export type { WhatIf } from '../kernel/verdict/what-if.ts'
export type { Mark } from './marks.ts'
export { sampler } from './sampler.ts'
export type { Inspectable, Moment, Sampler, SamplerOptions } from './sampler.ts'
export { scaleReport } from './scale-report.ts'
export type { ScaleOptions, ScaleReport } from './scale-report.ts'
export { VerdictTracker } from './verdict-tracker.ts'
export type { VerdictSpan } from './verdict-tracker.ts'
export { metricsContentType, metricsText } from './metrics-text.ts'
export type { MetricsOptions } from './metrics-text.ts'
export { explainText } from '../kernel/explain/explain-text.ts'
export type { ExplainTextOptions } from '../kernel/explain/explain-text.ts'
export { deadlocksOf, refuseDeadlocks } from '../kernel/explain/plan-deadlocks.ts'
export type { PlanDeadlock } from '../kernel/explain/plan-deadlocks.ts'
export { worstCase } from '../kernel/explain/worst-case.ts'
export type { WorstCase, WorstCaseOptions, WorstPart } from '../kernel/explain/worst-case.ts'
export { alertRules } from './alert-rules.ts'
export type { AlertMatch, AlertRule, AlertThresholds, AlertView, Severity } from './alert-rules.ts'
export { alerts } from './alerts.ts'
export type { AlertEvent, AlertOptions, Alerts } from './alerts.ts'
export { stallReport } from '../kernel/waits/stall-report.ts'
export type { StallReport } from '../kernel/waits/stall-report.ts'
export { whoWaits } from '../kernel/waits/who-waits.ts'
export type { Cause, RingMember, WaitGraph } from '../kernel/waits/who-waits.ts'
export type { Wait, WaitFor } from '../kernel/waits/waits.ts'
export { watchStalls } from './stall-watch.ts'
export type { HarmlessWait, StallWatch, StallWatchOptions } from './stall-watch.ts'
export { diagnostics } from './diagnostics.ts'
export type { DiagnosticsChannel } from './diagnostics.ts'
