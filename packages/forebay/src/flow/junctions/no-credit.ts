import { show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { UNBOUNDED } from '../../kernel/receiver.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'

/** Whether `items` may be asked for: a fraction or `NaN`, once added to credit, would never be spent. */
export function isCredit(items: number): boolean {
  return (items | 0) === items && items <= UNBOUNDED
}

/** A junction of somebody's own has asked for something else. */
export function noCredit({ name }: StageAccount, items: unknown): ForebayError {
  return new ForebayError('FOREBAY_PROTOCOL', `${name}: expected room for a whole number of items, got ${show(items)}`)
}
