import { keepTheLaws } from './keep-the-laws.ts'
import { sources } from './subjects/sources.ts'

keepTheLaws('the sources', sources)
