import { keepTheLaws } from './keep-the-laws.ts'

await keepTheLaws(2)
