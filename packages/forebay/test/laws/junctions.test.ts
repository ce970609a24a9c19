import { keepTheLaws } from './keep-the-laws.ts'
import { junctions } from './subjects/junctions.ts'

keepTheLaws('the junctions', junctions)
