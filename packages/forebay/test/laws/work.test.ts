import { keepTheLaws } from './keep-the-laws.ts'
import { work } from './subjects/work.ts'

keepTheLaws('the concurrent work', work)
