import type { ComponentChildren, JSX } from 'preact'

export type Fact = readonly [name: string, value: ComponentChildren]

/** Names on the left, values on the right. */
export function Facts({ facts }: { facts: readonly Fact[] }): JSX.Element {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

export function PanelHead({
  kind,
  name,
  children,
}: {
  kind: string
  name: string
  children?: ComponentChildren
}): JSX.Element {
  return (
    <header class="panel-head">
      <p class="panel-kind">{kind}</p>
      <h2>{name}</h2>
      {children}
    </header>
  )
}

export function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="part">
      <h3>{title}</h3>
      {children}
    </section>
  )
}
