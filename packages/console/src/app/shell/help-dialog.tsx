import type { JSX } from 'preact'
import { Modal } from './modal.tsx'

const keys = [
  ['?', 'this help'],
  ['/', 'find a stage, an edge or a gate'],
  ['b', 'go to what the verdict names'],
  ['← →', 'along the flow: stage, edge, gate, stage'],
  ['↑ ↓', 'to what is above or below'],
  ['Enter', 'inspect the selected thing'],
  ['Esc', 'back'],
  ['g', 'graph and charts'],
  ['t', 'table of all stages and edges'],
  ['q', 'durable queues and their dead letters'],
  ['v', 'gates (valves): limits, lines, who asks and what he gets'],
  ['space', 'hold the picture, or go on'],
  ['[ ]', 'shorter or longer window'],
] as const

export function HelpDialog(): JSX.Element {
  return (
    <Modal title="Keyboard">
      <dl class="keys">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              {key.split(' ').map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
