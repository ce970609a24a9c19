import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'

export interface Column<T> {
  readonly name: string
  /** What the column is sorted by. */
  readonly by: (row: T) => number | string
  /** What is shown; `by` when it is absent. */
  readonly show?: (row: T) => ComponentChildren
  /** Words start at the left; figures end at the right. */
  readonly isText?: boolean
}

/** A table whose heads sort it: once for the largest first, twice for the smallest. The first column names the row. */
export function SortableTable<T extends { readonly id: string }>({
  caption,
  columns,
  rows,
  chosen,
  onChoose,
}: {
  caption: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  chosen: string | undefined
  onChoose: (id: string) => void
}): JSX.Element {
  const order = useSignal<{ column: number; sign: 1 | -1 } | undefined>(undefined)
  const { column, sign } = order.value ?? { column: -1, sign: 1 }
  const by = columns[column]?.by
  const sorted = by === undefined ? rows : rows.toSorted((a, b) => sign * compare(by(a), by(b)))
  const sort = (i: number): void => {
    order.value = { column: i, sign: i === column && sign === -1 ? 1 : -1 }
  }
  return (
    <table class="plain sortable">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ name, isText }, i) => (
            <th
              key={name}
              scope="col"
              class={isText === true ? 'words' : ''}
              aria-sort={i !== column ? 'none' : sign === 1 ? 'ascending' : 'descending'}
            >
              <button type="button" onClick={() => sort(i)}>
                {name}
                <span class="sort-sign" aria-hidden="true">
                  {i !== column ? '' : sign === 1 ? '▲' : '▼'}
                </span>
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sorted.map((row) => (
          <tr key={row.id} class={row.id === chosen ? 'chosen' : ''}>
            {columns.map(({ name, by: value, show, isText }, i) =>
              i === 0 ? (
                <th key={name} scope="row">
                  <button type="button" class="link" onClick={() => onChoose(row.id)}>
                    {value(row)}
                  </button>
                </th>
              ) : (
                <td key={name} class={isText === true ? 'words' : ''}>
                  {show === undefined ? value(row) : show(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What is not a number comes last either way round. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === 'string' || typeof b === 'string') return String(a).localeCompare(String(b))
  return (Number.isNaN(a) ? -1 : a) - (Number.isNaN(b) ? -1 : b)
}
