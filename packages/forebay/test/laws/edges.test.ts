import { keepTheLaws } from './keep-the-laws.ts'
import { edges } from './subjects/edges.ts'

keepTheLaws('the edges', edges)
