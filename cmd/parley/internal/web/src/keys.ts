// What the keys do. The help lists the same table.
import { signal } from '@preact/signals'
import { exportOpen } from './exporting'
import { faster, playing, slower, togglePlay } from './player'
import { current, explained, roundFrom, stepTo, steps } from './session'
import { pinned } from './parts/share'
import { go } from './url'

export const helpOpen = signal(false)

interface Key { keys: string; about: string; on: (e: KeyboardEvent) => boolean; act: () => void }

const plain = (e: KeyboardEvent) => !e.ctrlKey && !e.metaKey && !e.altKey

export const keys: Key[] = [
  { keys: '←', about: 'the step before', on: (e) => e.key === 'ArrowLeft' && !e.shiftKey, act: () => stepTo(current.value - 1) },
  { keys: '→', about: 'the next step', on: (e) => e.key === 'ArrowRight' && !e.shiftKey, act: () => stepTo(current.value + 1) },
  { keys: 'Shift ←', about: 'back to another round', on: (e) => e.key === 'ArrowLeft' && e.shiftKey, act: () => stepTo(roundFrom(current.value, -1), 'jump') },
  { keys: 'Shift →', about: 'on to another round', on: (e) => e.key === 'ArrowRight' && e.shiftKey, act: () => stepTo(roundFrom(current.value, 1), 'jump') },
  { keys: 'Home', about: 'the first step', on: (e) => e.key === 'Home', act: () => stepTo(0, 'jump') },
  { keys: 'End', about: 'the last step', on: (e) => e.key === 'End', act: () => stepTo(steps.value.length - 1, 'jump') },
  { keys: 'Space', about: 'play, pause', on: (e) => e.key === ' ', act: togglePlay },
  { keys: '[', about: 'slower', on: (e) => e.key === '[', act: slower },
  { keys: ']', about: 'faster', on: (e) => e.key === ']', act: faster },
  { keys: '.', about: 'to the live end of the record', on: (e) => e.key === '.', act: live },
  { keys: 'E', about: 'explain: go to the reasons', on: (e) => e.key.toLowerCase() === 'e', act: explain },
  { keys: 'B', about: 'choose a branch', on: (e) => e.key.toLowerCase() === 'b', act: () => reveal('branch') },
  { keys: 'L', about: 'choose a lens', on: (e) => e.key.toLowerCase() === 'l', act: () => reveal('lens') },
  { keys: 'S', about: 'share: pin this view', on: (e) => e.key.toLowerCase() === 's', act: pinned },
  { keys: 'X', about: 'export what is shown, as files', on: (e) => e.key.toLowerCase() === 'x', act: () => (exportOpen.value = true) },
  { keys: '?', about: 'this list', on: (e) => e.key === '?', act: () => (helpOpen.value = true) },
]

// live shows all that is known now.
export function live(): void {
  playing.value = false
  go({ step: '', 'as-of': '', 'known-by': '', 'recorded-by': '', possibly: false })
}

function explain(): void {
  if (explained.value) document.getElementById('why')?.focus()
}

// reveal opens what holds a field of the view, and goes there.
function reveal(id: string): void {
  const details = document.getElementById('view') as HTMLDetailsElement | null
  if (details) details.open = true
  document.getElementById(id)?.focus()
}

// listen lets the keys act, but not where the reader writes or moves within a control.
export function listen(): () => void {
  const pressed = (e: KeyboardEvent) => {
    if (!plain(e) || helpOpen.value || exportOpen.value || e.defaultPrevented) return
    const on = e.target as HTMLElement
    if (on.closest('input:not([type=range]), textarea, select, [contenteditable], dialog')) return
    if (on.matches('input[type=range]') && e.key !== ' ' && !/^[[\].a-z?]$/i.test(e.key)) return
    if (e.key === ' ' && on.closest('button, a, summary, [role=button]')) return
    const key = keys.find((k) => k.on(e))
    if (!key) return
    e.preventDefault()
    key.act()
  }
  addEventListener('keydown', pressed)
  return () => removeEventListener('keydown', pressed)
}
