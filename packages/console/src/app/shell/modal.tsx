import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { dialog } from '../state/state.ts'

/** A dialog over the page. The browser keeps the focus in it, and gives it back when it is closed. */
export function Modal({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  const element = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    element.current?.showModal()
  }, [])
  return (
    <dialog
      ref={element}
      class="modal"
      aria-label={title}
      onClose={() => (dialog.value = undefined)}
      onClick={(event) => {
        if (event.target === element.current) element.current?.close()
      }}
    >
      <div class="modal-body">
        <header class="modal-head">
          <h2>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => element.current?.close()}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
