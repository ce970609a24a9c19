import { signal } from '@preact/signals'
import type { Signal } from '@preact/signals'

export type Theme = 'dark' | 'light'

const key = 'forebay-theme'
const prefersDark = matchMedia('(prefers-color-scheme: dark)')

/** What is on screen: the person's choice, or what the system prefers. */
export const theme: Signal<Theme> = signal(stored() ?? system())

export function startTheme(): void {
  prefersDark.addEventListener('change', () => {
    if (stored() === undefined) theme.value = system()
  })
  theme.subscribe((value) => {
    document.documentElement.dataset['theme'] = value
  })
}

export function toggleTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark'
  try {
    localStorage.setItem(key, next)
  } catch {
    // a browser that keeps nothing still changes its colours
  }
  theme.value = next
}

function system(): Theme {
  return prefersDark.matches ? 'dark' : 'light'
}

function stored(): Theme | undefined {
  try {
    const value = localStorage.getItem(key)
    return value === 'dark' || value === 'light' ? value : undefined
  } catch {
    return undefined
  }
}
