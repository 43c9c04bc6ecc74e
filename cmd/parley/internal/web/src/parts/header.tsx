// The head of every page, and its foot.
import { branchAhead, dropped } from '../live/branch'
import { connection, cutOff, fresh, freshCount, standing } from '../live/client'
import { helpOpen } from '../keys'
import { refreshed } from '../load'
import { registry, timeline, viewWords } from '../session'
import { ExportButton } from './export'
import { Who } from './signin'
import { go, home, link, place, whole } from '../url'
import { count } from '../words'
import { copied, pinned, liveLink } from './share'

export function Mark() {
  return <a class="brand" {...link(home)}><svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true"><rect width="16" height="16" rx="3" /><path d="M3 4h7M3 8h10M3 12h5" /><circle cx="12.5" cy="12" r="1.6" /></svg>Parley</a>
}

export function Foot() {
  return <footer class="foot"><a {...link({ ...home, page: 'system' })}>System</a> <a href="/openapi.json">API</a> <a href="/assets/licences.txt">Licences</a> <Who /></footer>
}

const modes: Record<string, { shape: string; about: string }> = {
  LIVE: { shape: '●', about: 'all that is known now, and what comes is shown as it comes' },
  REPLAY: { shape: '◀', about: 'a past or partial view' },
  HYPOTHETICAL: { shape: '◇', about: 'supposed on a branch; not the record' },
  STALE: { shape: '◔', about: 'the record has gone on' },
  DISCONNECTED: { shape: '✕', about: 'no news come; what is shown stays' },
}

// Chip says in which mode the page is.
export function Chip() {
  const mode = standing.value
  const m = modes[mode]
  return <span class={`chip is-${mode.toLowerCase()}`} role="status" title={m?.about}><span aria-hidden="true" class="shape">{m?.shape}</span>{mode}</span>
}

export function Head() {
  const p = place.value
  const seen = timeline.data.value?.view
  const words = viewWords(p)
  return (
    <header class="top">
      <Mark />
      <div class="title"><h1>{registry.data.value?.title || p.negotiation}</h1>
        <p class="sub">
          <Chip />
          {seen && <span>{count(seen.events, 'account')}{seen.hidden > 0 && `, ${seen.hidden} hidden`}{seen.straddling.length > 0 && `, ${seen.straddling.length} straddle a cut`} · {seen.branch ? <>at <code>{seen.branch.position}</code></> : `record #${seen.position}`}</span>}
          {words.length > 0 && <span class="view">{words.join('; ')} <a {...link({ 'as-of': '', 'known-by': '', 'recorded-by': '', possibly: false, lens: '', branch: '', step: '' })}>clear</a></span>}
        </p>
      </div>
      <div class="tools">
        <a {...link({ page: 'branches', branch: '', compare: p.branch })}>{p.branch ? 'Compare with the record' : 'Branches'}</a>
        <button type="button" onClick={pinned} title="an address that shows exactly this for ever: with the position of the record">Pin this view</button>
        <button type="button" onClick={liveLink} title="an address that shows this view of whatever the record holds by then">Live link</button>
        <ExportButton />
        <button type="button" class="icon" aria-label="Keys and help" onClick={() => (helpOpen.value = true)}>?</button>
        <span class="copied" role="status">{copied.value}</span>
      </div>
    </header>
  )
}

// News says that more has come, and waits until the reader wants it.
export function News() {
  const { branch } = place.value
  if (dropped.value) {
    return <div class="bar lost dropped" role="status"><span aria-hidden="true">✕ </span>{dropped.value}. What is shown is how it stood; nothing more can be asked of it. <a {...link({ ...whole, page: 'branches', step: '', sel: '' })}>All branches</a></div>
  }
  if (cutOff.value) {
    return <div class="bar lost" role="status"><span aria-hidden="true">✕ </span>Disconnected. {branch ? 'No news come' : `Last news ${connection.value.last || 'none'}`}; trying again. What is shown stays.</div>
  }
  if (!fresh.value) return null
  return (
    <div class="bar news" role="status">
      <span>{freshCount.value > 0 ? count(freshCount.value, 'new entry', 'new entries') : 'New entries'} {!branch ? 'in the record.' : branchAhead.value ? <>on <code>{branch}</code>, or on what it follows.</> : 'in the record, which is seen beside the branch.'}</span>
      <button type="button" onClick={toEnd}>Go to the live end</button>
    </div>
  )
}

// toEnd shows all there is by now.
function toEnd(): void {
  go({ step: '', 'as-of': '', 'known-by': '', 'recorded-by': '' })
  refreshed.value = refreshed.peek() + 1
}
