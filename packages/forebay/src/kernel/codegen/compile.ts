import { settle, type Context } from '../context.ts'
import type { Stateless } from '../fuse.ts'
import type { Step } from '../operator.ts'
import type { Port, Pull, TailCode } from '../receiver.ts'
import { generate } from './generate.ts'
import type { HotCode } from './hot-code.ts'

/** A run of stateless operators, a part of its segment, and what follows it: `tail`, or else `next`. */
export interface RunOfOperators {
  readonly part: number
  readonly operators: readonly Stateless[]
  readonly next: Step
  readonly tail: TailCode | undefined
}

/** Puts what handles an item into a text, between what reads the state of the tail and what writes it back. */
type Frame = (item: string, open: string, close: string) => string

const filtered = (context: Context): void => settle(context, 'filtered')

/** One function for a run of operators and what follows it; `undefined` where there is nothing to gain or code is forbidden. */
export function compileStep(run: RunOfOperators, hot: HotCode): Step | undefined {
  return compile(run, hot, 'return', {}, (item, open, close) => `return function(v,c){${open}${item};${close}}`)?.()
}

/**
 * The same for the loop of a pull and everything behind it, as a function that hands over a burst.
 *
 * Only the burst between two looks at the budget is generated: it is entered so often that V8 optimises it
 * early, and without what is called once in a thousand items. Credit is not kept in a variable: any callback
 * may take some or grant some. Nor is the position alone: a picture of the run may be taken inside a callback.
 */
export function compileLoop(run: RunOfOperators, hot: HotCode, pull: Pull, port: Port): Pull['generated'] {
  const { code } = pull
  return (
    code &&
    compile(
      run,
      hot,
      'continue',
      { ...code.scope, pull, port },
      (item, open, close) =>
        `let at=pull.at;const stop=at+left;${open}try{while(at<stop&&port.n>0&&${code.more}){` +
        `const i=at;pull.at=++at;let v=${code.item};const c=${code.context};${item}}}finally{${close}}`,
    )
  )
}

/** `leave` is the statement that is done with an item. */
function compile(
  { part, operators, next, tail }: RunOfOperators,
  hot: HotCode,
  leave: 'return' | 'continue',
  names: object,
  frame: Frame,
): ((left?: number) => any) | undefined {
  if (operators.length === 0 && tail === undefined) return undefined
  const scope: Record<string, unknown> = { filtered, next, ...tail?.scope, ...names }
  let item = ''
  operators.forEach(({ kind, fn }, index) => {
    const name = `f${index}`
    scope[name] = fn
    if (kind === 'map') item += 'v='
    item += kind === 'filter' ? `if(!${name}(v)){if(c!==undefined)filtered(c);${leave}}` : `${name}(v);`
  })
  const text = tail
    ? frame(item + tail.body, `let state=${tail.state};`, `${tail.state}=state`)
    : frame(`${item}next(v,c)`, '', '')
  const code = generate(hot, part, scope, text)
  return code && ((left) => code(scope, left))
}
