// Choosing what is to be explained.
import type { ComponentChildren } from 'preact'
import { explained } from '../session'
import { go } from '../url'

// pick explains an event.
export const pick = (event: string) => go({ sel: `timeline/${event}` })

// Explain makes a value a button that has it explained.
export function Explain({ path, children, label }: { path: string; children: ComponentChildren; label?: string }) {
  const on = explained.value === path
  return <button type="button" class={`explain${on ? ' on' : ''}`} aria-pressed={on} aria-label={label} data-path={path} title="why?" onClick={() => go({ sel: path })}>{children}</button>
}
