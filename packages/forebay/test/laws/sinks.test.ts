import { keepTheLaws } from './keep-the-laws.ts'
import { sinks } from './subjects/sinks.ts'

keepTheLaws('the sinks', sinks)
