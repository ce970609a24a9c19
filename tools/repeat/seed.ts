import { configureGlobal } from 'fast-check'

/** Properties start their chance where the round does, so that a round can be played again. */
configureGlobal({ seed: Number(process.env['FOREBAY_REPEAT_SEED'] ?? '1') })
