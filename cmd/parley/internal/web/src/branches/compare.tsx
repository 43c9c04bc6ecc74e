// A branch against the record, or against another branch.
import { refreshed } from '../load'
import { Empty, Loading, Trouble } from '../parts/notes'
import type { Supposed } from '../types'
import { go, link, place, whole } from '../url'
import { count } from '../words'
import { ahead, candidates, diff, dropped, lengthOf, nameOf, standing, titleOf, type Side } from './comparison'
import { Differences } from './differences'
import { Divergence } from './divergence'

export function Comparison() {
  const d = diff.data.value
  const problem = diff.problem.value
  return (
    <>
      <Banner />
      <News />
      <main class="list compare" id="main" aria-busy={diff.behind.value}>
        <h2>{titleOf('from')} <span class="faint">and</span> {titleOf('to')}</h2>
        <Other />
        {problem && <Trouble problem={problem} again={again}><p>{d ? 'Below is still the last comparison. ' : ''}<a {...link({ compare: '', other: '' })}>All branches</a></p></Trouble>}
        {!d && !problem && <Loading what="the comparison" />}
        {d && (
          <div class={problem ? 'old' : ''}>
            <div class="sides"><SideCard side="from" /><SideCard side="to" /></div>
            <Divergence at={d.firstDivergence} />
            <Differences of={d} />
          </div>
        )}
        {d && d.changes.length === 0 && <Empty>No value differs between the two.</Empty>}
      </main>
    </>
  )
}

const again = () => { refreshed.value = refreshed.peek() + 1 }

// Banner says that what is shown is supposed, as long as any of it is.
function Banner() {
  const supposed = (['from', 'to'] as const).filter(nameOf)
  return (
    <div class="bar hypothetical" role="status">
      <strong><span aria-hidden="true">◇ </span>HYPOTHETICAL</strong>
      <span>{supposed.length === 2 ? 'Both sides are branches: neither is the record.' : <>Branch <code>{place.value.compare}</code> is supposed; the other side is the record.</>}</span>
      <a {...link({ ...whole, page: 'negotiation' })}>Back to the record</a>
    </div>
  )
}

// News tells what has come since, and waits until the reader wants it.
function News() {
  const gone = (['from', 'to'] as const).filter((side) => dropped.value.has(nameOf(side)))
  const more = ahead.value.filter((side) => !gone.includes(side))
  return (
    <>
      {gone.map((side) => <div key={side} class="bar lost dropped" role="status"><span aria-hidden="true">✕ </span>{dropped.value.get(nameOf(side))}. What is shown is how it stood.</div>)}
      {more.length > 0 && <div class="bar news" role="status"><span>{more.map(titleOf).join(' and ')} {more.length > 1 ? 'have' : 'has'} gone on since.</span> <button type="button" onClick={again}>Compare again</button></div>}
      {standing.value === 'lost' && gone.length === 0 && <div class="bar lost" role="status"><span aria-hidden="true">✕ </span>Disconnected: no news come; trying again. What is shown stays.</div>}
    </>
  )
}

// Other chooses what the branch is compared with.
function Other() {
  const p = place.value
  const names = (candidates.data.value?.branches ?? []).filter((l) => l.branch !== p.compare).map((l) => l.branch)
  if (p.other && !names.includes(p.other)) names.push(p.other)
  return (
    <p class="choose">
      <label for="other">Compare <code>{p.compare}</code> with</label>
      <select id="other" value={p.other} onChange={(e) => go({ other: e.currentTarget.value })}>
        <option value="">the record</option>
        {names.map((n) => <option key={n} value={n}>{n}</option>)}
      </select>
      {p.other && <a {...link({ compare: p.other, other: p.compare })}>Swap the sides</a>}
    </p>
  )
}

function SideCard({ side }: { side: Side }) {
  const seen = diff.data.value?.[side]
  const b = seen?.branch
  const steps = lengthOf(side)
  const name = nameOf(side)
  return (
    <section class={`panel side${b ? ' supposed' : ''}`} aria-labelledby={`side-${side}`} data-side={side}>
      <h3 id={`side-${side}`}>{b ? <><span class="shape supposed" aria-hidden="true">◇</span>HYPOTHETICAL: branch <code>{name}</code></> : 'The record'}</h3>
      {b ? <Supposing of={b} /> : <p>As its sources tell it; nothing is supposed.</p>}
      <p class="faint">{seen && <>{count(seen.events, 'account')}{seen.hidden > 0 && `, ${seen.hidden} hidden`}</>}{steps !== undefined && `, ${count(steps, 'step')}`} · at <code>{b ? b.position : '#' + seen?.position}</code></p>
      <p><a {...link({ page: 'negotiation', branch: name })}>Replay this side</a></p>
    </section>
  )
}

function Supposing({ of: b }: { of: Supposed }) {
  const left = [...(b.without ?? []), ...(b.replace ?? [])]
  return (
    <dl class="facts">
      <dt>Leaves</dt><dd>{!b.parent || b.parent === 'record' ? 'the record' : <>branch <code>{b.parent}</code></>} at <code>#{b.fork}</code>{b.followParent && ', and follows it'}</dd>
      <dt>Author</dt><dd>{b.author}</dd>
      <dt>Purpose</dt><dd><q>{b.purpose}</q></dd>
      {left.length > 0 && <><dt>Without</dt><dd>{left.map((k, i) => <span key={k}>{i > 0 && ', '}<code>{k}</code></span>)}</dd></>}
    </dl>
  )
}
