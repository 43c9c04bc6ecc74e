// The values that differ, thing by thing: what each side has, why, and by which events.
import { useSignal } from '@preact/signals'
import { pathWords } from '../session'
import type { Diff, Difference, Sort } from '../types'
import { link } from '../url'
import { actWords, count, valueText, when } from '../words'
import { nameOf, sideOf, stepOf, titleOf, type Side } from './comparison'

const sorts: Record<Sort, { shape: string; about: string }> = {
  moved: { shape: '▶', about: 'the world moved: only one side looks at that time' },
  learned: { shape: '✎', about: 'somebody learned: only one side has been told, or corrected' },
  believed: { shape: '◉', about: 'somebody believed: only one side takes that source at its word' },
  supposed: { shape: '◇', about: 'somebody supposed: only one side has it on its branch' },
}

const thingsMost = 40 // things shown at once
const rowsMost = 6 // values shown at once of a thing

interface Thing { path: string; rows: Difference[] }

export function Differences({ of: d }: { of: Diff }) {
  const most = useSignal(thingsMost)
  if (d.changes.length === 0) return null
  const things = thingsOf(d.changes)
  const told = [...new Set(d.changes.flatMap((c) => c.why))]
  return (
    <section class="panel" aria-labelledby="differences-title">
      <h3 id="differences-title">Differences <small>{count(d.changes.length, 'value')}, by {count(d.events.length, 'event')}</small></h3>
      <p class="legend">{told.map((s) => <span key={s}><Mark of={s} /> {sorts[s].about}. </span>)}</p>
      <div class="wide" role="group" aria-label="Differences" tabIndex={0}>
        <table class="folding differences">
          <thead><tr><th scope="col">Value</th><th scope="col">{titleOf('from')}</th><th scope="col">{titleOf('to')}</th><th scope="col">Why</th><th scope="col">Events</th></tr></thead>
          {things.slice(0, most.value).map((t) => <ThingRows key={t.path} of={t} />)}
        </table>
      </div>
      {things.length > most.value && <button type="button" onClick={() => (most.value += thingsMost)}>{count(things.length - most.value, 'more thing')}</button>}
    </section>
  )
}

function ThingRows({ of: t }: { of: Thing }) {
  const all = useSignal(false)
  const rows = all.value ? t.rows : t.rows.slice(0, rowsMost)
  const words = pathWords(t.path)
  return (
    <tbody data-thing={t.path}>
      <tr class="thing"><th scope="rowgroup" colSpan={5}>{words}</th></tr>
      {rows.map((c) => <ValueRow key={c.path} of={c} within={words} />)}
      {t.rows.length > rows.length && <tr class="rest"><td colSpan={5}><button type="button" class="plain" onClick={() => (all.value = true)}>{count(t.rows.length - rows.length, 'more value')} of {words}</button></td></tr>}
    </tbody>
  )
}

function ValueRow({ of: c, within }: { of: Difference; within: string }) {
  const words = pathWords(c.path)
  return (
    <tr data-path={c.path}>
      <th scope="row">{words.startsWith(within + ' · ') ? words.slice(within.length + 3) : words}<code>{c.path}</code></th>
      <Value side="from" path={c.path} value={c.from} />
      <Value side="to" path={c.path} value={c.to} />
      <td data-label="Why">{c.why.map((s) => <Mark key={s} of={s} />)}</td>
      <td data-label="Events" class="by">{c.events.map((e) => <Event key={e} event={e} />)}</td>
    </tr>
  )
}

// Value leads to the reasons for it, on its side.
function Value({ side, path, value }: { side: Side; path: string; value: unknown }) {
  return (
    <td data-label={titleOf(side)} class={nameOf(side) ? 'supposed' : ''}>
      {value === null || value === undefined ? <span class="faint">nothing</span>
        : <a {...link({ page: 'negotiation', branch: nameOf(side), sel: path })} title="why?">{valueWords(value)}</a>}
    </td>
  )
}

function Event({ event }: { event: string }) {
  const side = sideOf(event)
  const at = stepOf(side, event)
  return <a {...link({ page: 'negotiation', branch: nameOf(side), step: event, sel: `timeline/${event}` })} title={at && actWords(at.happening.act)}>{event}<span class="sr"> on {titleOf(side)}</span></a>
}

function Mark({ of: sort }: { of: Sort }) {
  return <span class={`sort is-${sort}`} title={sorts[sort].about}><span class="shape" aria-hidden="true">{sorts[sort].shape}</span>{sort}</span>
}

// valueWords reads a value: rival claims by what they say, and dates as dates.
function valueWords(value: unknown): string {
  if (Array.isArray(value) && value.length > 0 && value.every((x) => typeof x === 'object' && x !== null && 'value' in x && 'sides' in x)) return value.map((x) => valueText((x as { value: unknown }).value)).join(' or ')
  if (typeof value === 'string' && /^[[{]?(-?\d{4}-\d\d|\.\.-?\d{4})[\d.,X~?%TZ:+/-]*[\]}]?$/.test(value)) return when(value).text
  return valueText(value)
}

// thingsOf puts together what is said of one thing: a round, a version of a draft, a
// party's position on an issue. Of each comes first where it stands, and last what only
// says of whom, or of what, it is.
function thingsOf(changes: Difference[]): Thing[] {
  const things = new Map<string, Thing>()
  for (const c of changes) {
    const path = thingOf(c.path)
    const t = things.get(path) ?? { path, rows: [] }
    t.rows.push(c)
    things.set(path, t)
  }
  for (const t of things.values()) t.rows.sort((a, b) => weight(a.path) - weight(b.path))
  return [...things.values()]
}

const weight = (path: string): number => (/\/(retracted|declined)\//.test(path) ? 3 : /\/contested\//.test(path) ? 2 : /\/(parties|events?|accounts|saidBy|roles|precedes|unorderedWith)(\/|$)/.test(path) ? 1 : 0)

function thingOf(path: string): string {
  const [projection = '', , under] = path.split('/')
  const depth = projection === 'drafts' && under === 'versions' ? 4 : projection === 'positions' || projection === 'assurances' || projection === 'drafts' ? 3 : 2
  const parts = path.split('/')
  return parts.slice(0, Math.max(1, Math.min(depth, parts.length - 1))).join('/')
}
