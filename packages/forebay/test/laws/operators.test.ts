import { keepTheLaws } from './keep-the-laws.ts'
import { operators } from './subjects/operators.ts'

keepTheLaws('the synchronous operators', operators)
