import { cases } from './cases.ts'
import { figuresOf, meanOf } from './figures.ts'
import type { Figures } from './figures.ts'
import { gateOf, policies } from './policies.ts'
import { World } from './world.ts'
import type { Scenario } from './world.ts'

/** A cell of the table. */
export interface Row extends Figures {
  readonly case: string
  readonly policy: string
}

/** Plays one case under one policy, with as many seeds. */
export async function playCase(name: string, policy: string, seeds: number): Promise<Row> {
  const scenario = cases[name] as Scenario
  const all: Figures[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const world = new World(scenario, seed * 1000, gateOf(policies[policy], scenario))
    all.push(figuresOf(await world.play(), scenario))
  }
  return { case: name, policy, ...meanOf(all) }
}
