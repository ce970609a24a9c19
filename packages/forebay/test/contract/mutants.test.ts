import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { RuleViolation, type ContractCheck } from '../../src/testkit/contract/contract-check.ts'
import { contractRules, type ContractRule } from '../../src/testkit/contract/rules.ts'
import { keeps } from './keeps.ts'
import { gallery, processorChecks, publisherChecks, subscriberChecks, type Mutant } from './mutants/gallery.ts'

const page = join(import.meta.dirname, '../../../../docs/concepts/reactive-streams.md')

/** The checks that each mutant fails. */
const caught = new Map<Mutant, ContractCheck[]>()

beforeAll(async () => {
  for (const mutant of gallery) {
    const failed: ContractCheck[] = []
    for (const check of mutant.checks) {
      const violation = await check.run().then(
        () => undefined,
        (error: unknown) => error,
      )
      if (violation instanceof RuleViolation && violation.rule === check.rule) failed.push(check)
    }
    caught.set(mutant, failed)
  }
}, 120_000)

describe('the contract finds out', () => {
  it.each(gallery.map((mutant) => [`a ${mutant.role} that ${mutant.fault}`, mutant] as const))('%s', (_, mutant) => {
    expect(rulesOf(caught.get(mutant))).toContain(mutant.rule)
  })

  it('has no check that nobody fails, and none for a rule that there is not', () => {
    const failed = new Set([...caught.values()].flat().map(nameOf))
    const all = new Set(gallery.flatMap(({ checks }) => checks).map(nameOf))
    expect([...all].filter((name) => !failed.has(name))).toEqual([])
    expect(new Set(rulesOf(gallery.flatMap(({ checks }) => checks)))).toEqual(new Set(Object.keys(contractRules)))
  })

  it('says in its table what it checks, and by which mutants that is known', async () => {
    const text = readFileSync(page, 'utf8')
    const filled = text.replace(/(<!-- table -->\n)[^]*(<!-- end of table -->)/, (_, from, to) => from + table() + to)
    expect(filled).toContain('| 1.1 |')
    await expect(filled).toMatchFileSnapshot(page)
  })
})

describe('their sound twins', () => {
  keeps('a publisher', publisherChecks())
  keeps('a subscriber', subscriberChecks())
  keeps('a processor', processorChecks())
})

function nameOf({ role, rule, title }: ContractCheck): string {
  return `${role} ${rule} ${title}`
}

function rulesOf(checks: readonly ContractCheck[] = []): ContractRule[] {
  return checks.map(({ rule }) => rule)
}

/** A row for each rule: who is checked for what, and who is known to fail that. */
function table(): string {
  const checks = [
    publisherChecks(),
    subscriberChecks(),
    processorChecks().filter(({ role }) => role === 'processor'),
  ].flat()
  const rows = Object.entries(contractRules).map(([rule, text]) => {
    const own = checks.filter((check) => check.rule === rule)
    const titles = own.map(({ role, level, title }) => `${role}${level === 'must' ? '' : ` (${level})`}: ${title}`)
    const named = gallery.filter((mutant) => mutant.rule === rule)
    const known =
      named.length > 0 ? named : gallery.filter((mutant) => rulesOf(caught.get(mutant)).includes(own[0]!.rule))
    const faults = known.map(({ role, fault }) => `a ${role} that ${fault}`)
    return `| ${rule} | ${text} | ${titles.join('<br>')} | ${faults.join('<br>')} |\n`
  })
  return `| rule | in one thread | checks | mutants |\n|---|---|---|---|\n${rows.join('')}`
}
