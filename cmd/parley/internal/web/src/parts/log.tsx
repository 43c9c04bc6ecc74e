// The log of events: as many rows as there are steps, of which only those in sight are
// in the document.
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { changesOf, inSight } from '../changes'
import { following } from '../live/client'
import { actorName, actorNames, current, registry, timeline, roundName, steps, stepTo } from '../session'
import type { Happening } from '../types'
import { go, isCut, place } from '../url'
import { actWords, count, dayIn, when } from '../words'
import { Empty, Loading } from './notes'
import { span } from './span'

const rowHeight = 66 // px; the style sheet has it too
const beyond = 6 // rows kept above and below those in sight

export function Log() {
  const box = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const tall = useSignal(600)
  const all = steps.value
  const at = current.value

  useLayoutEffect(() => {
    const el = box.current
    if (!el) return
    const measured = new ResizeObserver(() => (tall.value = el.clientHeight))
    measured.observe(el)
    return () => measured.disconnect()
  }, [all.length === 0])

  // The current step stays in sight.
  useEffect(() => {
    const el = box.current
    if (!el || at < 0) return
    const from = at * rowHeight
    if (from < el.scrollTop || from + rowHeight > el.scrollTop + el.clientHeight) {
      el.scrollTop = Math.max(0, from - el.clientHeight / 2 + rowHeight / 2)
    }
  }, [at, all.length])

  const scrolled = () => {
    const el = box.current
    if (!el) return
    top.value = el.scrollTop
    following.value = el.scrollTop + el.clientHeight >= el.scrollHeight - 2 * rowHeight
  }

  const first = Math.max(0, Math.floor(top.value / rowHeight) - beyond)
  const last = Math.min(all.length, Math.ceil((top.value + tall.value) / rowHeight) + beyond)
  useEffect(() => { inSight.value = [first, last - 1] }, [first, last])
  return (
    <section class="log" aria-labelledby="log-title">
      <h2 id="log-title">Events <small>{all.length > 0 && count(all.length, 'step')}</small></h2>
      {!timeline.data.value && !timeline.problem.value && <Loading what="the events" />}
      {timeline.data.value && all.length === 0 && <Nothing />}
      {all.length > 0 && (
        <div class="rows" ref={box} onScroll={scrolled} tabIndex={0} role="group" aria-label="Events in the order of happening">
          <ol style={{ height: `${all.length * rowHeight}px` }}>
            {all.slice(first, last).map((s, i) => <Row key={s.event} step={s} index={first + i} all={all.length} here={first + i === at} changed={changesOf(s.event)?.length ?? 0} />)}
          </ol>
        </div>
      )}
      <p class="legend"><span class="unordered" aria-hidden="true">~</span> not known whether before or after the row above. Bars: between which dates it happened, not to scale</p>
    </section>
  )
}

// Nothing says which parts of the view leave nothing, and lets each be taken away.
function Nothing() {
  const p = place.value
  const parts = (['as-of', 'known-by', 'recorded-by', 'lens'] as const).filter((k) => p[k])
  return (
    <Empty>
      <p><strong>{isCut.value ? 'This view leaves no event.' : 'Nothing has happened yet: only names are registered.'}</strong></p>
      {parts.map((k) => <p key={k}><code>{k}={p[k]}</code> <button type="button" onClick={() => go({ [k]: '' })}>clear</button></p>)}
      {parts.length > 0 && <button type="button" onClick={() => go({ 'as-of': '', 'known-by': '', 'recorded-by': '', lens: '', step: '' })}>Clear all</button>}
    </Empty>
  )
}

function Row({ step, index, all, here, changed }: { step: Happening; index: number; all: number; here: boolean; changed: number }) {
  const date = when(step.occurred)
  const by = actorNames(step.by)
  return (
    <li class={`row${here ? ' here' : ''}`} style={{ top: `${index * rowHeight}px` }} aria-setsize={all} aria-posinset={index + 1} aria-current={here ? 'step' : undefined} data-event={step.event}>
      <button type="button" class="jump" onClick={() => stepTo(index, 'jump', '')} title={`Jump here: ${step.event}`}>
        <span class="n">{step.unorderedWithPrevious && <span class="unordered" title="not known whether before or after the row above">~</span>}{index + 1}</span>
        <span class="what"><strong>{actWords(step.act)}</strong> <span class="who">{step.by?.length ? by : 'nobody named'}</span></span>
        <span class="when"><Span told={step} /><span class={date.precise ? '' : 'vague'}>{date.text}</span></span>
        <span class="tags">
          {step.round && <span class="tag">{roundName(step.round)}</span>}
          {step.accounts.length > 1 && <span class="tag" title={(step.sides ?? []).map(actorName).join(', ')}>{count(step.accounts.length, 'account')}</span>}
          {step.modality && <span class="tag odd">{step.modality}</span>}
          {changed > 0 && <span class="tag changed"><span aria-hidden="true">◆ </span>{count(changed, 'change')}</span>}
        </span>
        <span class="sr">Jump here</span>
      </button>
    </li>
  )
}

// Span draws from when to when it can have happened. An end that nobody tells is open.
function Span({ told }: { told: Happening }) {
  const s = span(told, steps.value)
  const zone = registry.data.value?.timeZone
  const title = `between ${told.earliest === '..' ? 'any time' : dayIn(told.earliest, zone)} and ${told.latest === '..' ? 'any time' : dayIn(told.latest, zone)}`
  const x = 1 + s.from * 62
  const w = Math.max(3, (s.to - s.from) * 62)
  return (
    <svg class="span" width="64" height="8" viewBox="0 0 64 8" role="img" aria-label={title}>
      <line x1="0" y1="4" x2="64" y2="4" class="axis" />
      <rect x={x} y="2" width={w} height="4" class={s.precise ? 'sure' : 'vague'} />
      {s.openFrom && <path d={`M${x + 3} 0 L${x - 1} 4 L${x + 3} 8`} class="open" />}
      {s.openTo && <path d={`M${x + w - 3} 0 L${x + w + 1} 4 L${x + w - 3} 8`} class="open" />}
    </svg>
  )
}
