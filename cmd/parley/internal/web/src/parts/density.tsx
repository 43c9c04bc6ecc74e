// How the steps lie in time: for each step the bounds between which it happened.
import { computed } from '@preact/signals'
import { current, steps } from '../session'
import { span } from './span'

const width = 1000
const height = 34

// drawn are the columns of all steps: those of which the day is told, and the others.
const drawn = computed(() => {
  const all = steps.value
  const each = width / Math.max(1, all.length)
  const sure: string[] = []
  const vague: string[] = []
  all.forEach((h, i) => {
    const p = span(h, all)
    const y = (1 - p.to) * height
    const tall = Math.max(2, (p.to - p.from) * height)
    ;(p.precise ? sure : vague).push(`M${(i * each).toFixed(2)} ${y.toFixed(1)}h${(each * 0.8).toFixed(2)}v${tall.toFixed(1)}h-${(each * 0.8).toFixed(2)}z`)
  })
  return { each, sure: sure.join(''), vague: vague.join('') }
})

// Density draws a column a step. Its height is the stretch of time in which the step
// can have happened, from the first date at the bottom to the last at the top.
export function Density() {
  const { each, sure, vague } = drawn.value
  const at = current.value
  return (
    <svg class="density" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label="When each step can have happened; the list of events has the same as text">
      <path d={vague} class="vague" />
      <path d={sure} class="sure" />
      {at >= 0 && <rect x={at * each} y="0" width={Math.max(2, each)} height={height} class="at" />}
    </svg>
  )
}
