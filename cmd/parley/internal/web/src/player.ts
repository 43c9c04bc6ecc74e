// Playing the steps one after another.
import { effect, signal } from '@preact/signals'
import { changesOf } from './changes'
import { current, stepTo, steps } from './session'

// speeds are in steps a second.
export const speeds = [0.5, 1, 2, 5, 10, 20, 50]
export const speed = signal(2)
export const playing = signal(false)
export const stopAtCeasefire = signal(false)

export function togglePlay(): void {
  if (playing.value) {
    playing.value = false
    return
  }
  if (steps.value.length < 2) return
  if (current.value >= steps.value.length - 1) stepTo(0, 'jump') // play it again
  playing.value = true
}

const shift = (by: number) => {
  const at = speeds.indexOf(speed.value) + by
  speed.value = speeds[Math.max(0, Math.min(at, speeds.length - 1))] ?? speed.value
}
export const slower = () => shift(-1)
export const faster = () => shift(1)

effect(() => {
  if (!playing.value) return
  const timer = setInterval(() => {
    if (current.value < 0 || current.value >= steps.value.length - 1) {
      playing.value = false
      return
    }
    const changed = changesOf(steps.value[current.value + 1]?.event)
    if (stopAtCeasefire.value && !changed) return // nobody has told yet whether to stop there
    stepTo(current.value + 1)
    if (stopAtCeasefire.value && changed?.some((c) => c.path.startsWith('ceasefires/'))) playing.value = false
  }, 1000 / speed.value)
  return () => clearInterval(timer)
})
