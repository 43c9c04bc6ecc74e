// Marks: every meaning has a shape and a word, and a colour besides.
import { actorName } from '../session'
import type { Claim } from '../types'
import { count, told, valueText, when } from '../words'

const stances: Record<string, string> = {
  demands: '▲', accepts: '●', conditional: '◐', acknowledges: '○', evades: '◇', rejects: '✕', unknown: '·',
}

export function Stance({ of }: { of: string | undefined }) {
  const stance = of || 'unknown'
  return <span class={`stance is-${stance}`}><span class="shape" aria-hidden="true">{stances[stance] ?? '■'}</span>{stance === 'unknown' ? 'unknown' : stance}</span>
}

const statuses: Record<string, string> = {
  declared: '▲', holding: '●', conditional: '◐', violated: '✕', suspended: '◇', ended: '■', unknown: '▒',
}

export function StatusMark({ status }: { status: string | undefined }) {
  const s = status || 'unknown'
  return <span class={`status is-${s}`}><span class="shape" aria-hidden="true">{statuses[s] ?? '■'}</span>{s === 'unknown' ? 'nothing known' : s}</span>
}

// Date shows a date with its uncertainty.
export function Date_({ of }: { of: string | undefined }) {
  const w = when(of)
  return (
    <span class={`date${w.precise ? '' : ' vague'}`} title={w.raw ? `as coded: ${w.raw}` : 'no source tells the date'}>
      {w.approximate && <b class="tilde" aria-hidden="true">~</b>}{w.text}{w.uncertain && <b class="query" aria-hidden="true">?</b>}
    </span>
  )
}

// Rivals shows contesting values side by side, each with who says so.
export function Rivals({ claims, onPick }: { claims: Claim[]; onPick?: ((event: string) => void) | undefined }) {
  return (
    <ul class="rivals">
      {claims.map((c) => (
        <li key={valueText(c.value)}>
          <strong>{valueText(c.value)}</strong>
          <span>{c.sides.map((s) => (s === 'unknown' ? 'side unknown' : actorName(s))).join(', ')}; {count(c.origins, 'origin')}</span>
          {c.reason && <span class="reason">{reasons[c.reason] ?? c.reason}</span>}
          {onPick && <span class="by">{c.events.map((e) => <button type="button" class="plain" key={e} onClick={() => onPick(e)}>{e}</button>)}</span>}
        </li>
      ))}
    </ul>
  )
}

const reasons: Record<string, string> = {
  accounts: 'accounts of one act differ', denied: 'somebody denies it', contradicts: 'linked as contradicting', unordered: 'not known which came last', unversioned: 'not said which version is meant',
}

export function ContestedMark() {
  return <span class="contested-mark" title="accounts disagree"><span aria-hidden="true">⚡</span>contested</span>
}

// Moved says that a value has just changed: an icon, and what it was.
export function Moved({ old, now }: { old: string | undefined; now: string | undefined }) {
  return (
    <span class="moved"><span class="shape" aria-hidden="true">◆</span><span class="sr">changed: </span>
      <del>{told(old, actorName)}</del><span aria-hidden="true"> → </span><span class="sr"> to </span><ins>{told(now, actorName)}</ins>
    </span>
  )
}
