export type { Beside, FlowFile } from './flow-file.ts'
