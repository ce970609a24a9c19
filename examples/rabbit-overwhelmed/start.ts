import { playOn } from '../overwhelmed/play-on.ts'

await playOn('rabbitmq')
