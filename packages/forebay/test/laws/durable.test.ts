import { keepTheLaws } from './keep-the-laws.ts'
import { durable } from './subjects/durable.ts'

keepTheLaws('the durable edges', durable)
