export { type Bench } from './bench.ts'
export { LawViolation, laws, type Law } from './law-violation.ts'
export {
  type Ended,
  type JunctionSubject,
  type OperatorSubject,
  type SinkSubject,
  type SourceSubject,
  type Subject,
} from './subject.ts'
export { seededRandom } from '../kernel/random.ts'
export { verify, type VerifyOptions } from './verify.ts'
export { VirtualClock } from './virtual-clock.ts'
export { waitGraph } from './wait-graph.ts'
