// What the events come to at the step that is shown.
import { onlyRecorded } from '../beside'
import { changesBelow, changesOf, changesProblem, weighed } from '../changes'
import { ceasefireTitle, actorNames, currentStep, pathWords, timeline, roundName, stand } from '../session'
import { place } from '../url'
import type { Ceasefire, Change, Claimed, Round } from '../types'
import { count, valueText } from '../words'
import { Drafts } from './drafts'
import { Beside, Recorded, RecordedBelow } from './ghost'
import { ContestedMark, Date_, Moved, Rivals, StatusMark } from './marks'
import { Matrix } from './matrix'
import { Empty, Loading, Trouble } from './notes'
import { Questions } from './questions'
import { Mandates } from './mandates'
import { Explain, pick } from './pick'

export function State() {
  const answer = stand.data.value
  const problem = stand.problem.value
  const state = answer?.state
  const late = stand.behind.value || answer?.step !== (place.value.step || undefined)
  return (
    <section class={`state${late ? ' late' : ''}`} aria-labelledby="state-title" aria-busy={late}>
      <h2 id="state-title" class="sr">State at this step</h2>
      {problem && !timeline.problem.value && !timeline.behind.value && <Trouble problem={problem} />}
      <Changes />
      {state && !problem && <Beside />}
      {!state && timeline.problem.value && <Empty>Nothing could be computed for this view.</Empty>}
      {!state && !problem && <Loading what="the state" />}
      {state && (
        <>
          <Matrix positions={state.positions ?? {}} />
          <Drafts drafts={state.drafts ?? {}} />
          <div class="pair">
            <Ceasefires all={state.ceasefires ?? {}} />
            <Mandates all={state.mandates ?? {}} />
          </div>
          <Questions of={state.questions} />
          <Rounds all={state.rounds ?? {}} />
        </>
      )}
    </section>
  )
}

const changesMost = 4 // shown at once; the rest on demand

// Changes lists what the step changed, with old and new.
function Changes() {
  const s = currentStep.value
  const all = weighed.value
  if (!s) return null
  if (changesProblem.value) return <Trouble problem={changesProblem.value} />
  if (!changesOf(s.event)) return <section class="changes none" aria-busy="true"><h3>What this step changed is on its way …</h3></section>
  return (
    <section class={`changes${all.length === 0 ? ' none' : ''}`} aria-labelledby="changes-title">
      <h3 id="changes-title">{all.length === 0 ? 'This step changed no value' : `This step changed ${count(all.length, 'value')}`}</h3>
      {all.length > 0 && <ul>{all.slice(0, changesMost).map((c) => <Changed key={c.path} of={c} />)}</ul>}
      {all.length > changesMost && <details><summary>and {count(all.length - changesMost, 'more value')}</summary><ul>{all.slice(changesMost).map((c) => <Changed key={c.path} of={c} />)}</ul></details>}
    </section>
  )
}

function Changed({ of: c }: { of: Change }) {
  return <li><Explain path={c.path}>{pathWords(c.path)}</Explain><Moved old={c.old} now={c.new} /></li>
}

function Ceasefires({ all }: { all: Record<string, Ceasefire> }) {
  const entries = Object.entries(all)
  return (
    <section class="panel" aria-labelledby="ceasefires-title">
      <h3 id="ceasefires-title">Ceasefires</h3>
      {entries.length === 0 && <Empty>No ceasefire is registered.</Empty>}
      {entries.map(([id, c]) => {
        const path = `ceasefires/${id}`
        const moved = changesBelow(path)
        return (
          <div class={`truce is-${c.status ?? 'unknown'}${moved.length ? ' changed' : ''}`} key={id}>
            <p><strong>{c.title ?? ceasefireTitle(id)}</strong></p>
            <p><Explain path={`${path}/status`}><StatusMark status={c.status} /></Explain>{c.condition && <> <q>{c.condition}</q></>}</p>
            {c.contested?.['status'] && <><ContestedMark /><Rivals claims={c.contested['status']} onPick={pick} /></>}
            <RecordedBelow path={path} />
            {moved.map((m) => <Moved key={m.path} old={m.old} now={m.new} />)}
            {c.parties && <p class="faint">binds {actorNames(c.parties)}</p>}
            <p class="faint">{count(c.incidents.length, 'incident')} reported{c.history.length > 0 && <>; status last told <Date_ of={c.history.at(-1)?.occurred} /></>}</p>
          </div>
        )
      })}
      {onlyRecorded('ceasefires', entries.map(([id]) => id)).map((id) => <div class="truce" key={id}><p><strong>{ceasefireTitle(id)}</strong></p><RecordedBelow path={`ceasefires/${id}`} /></div>)}
    </section>
  )
}

function Rounds({ all }: { all: Record<string, Round> }) {
  const entries = Object.entries(all).filter(([id]) => id !== 'process')
  const others = onlyRecorded('rounds', entries.map(([id]) => id))
  if (entries.length + others.length === 0) return null
  const length = (path: string, c: Claimed | undefined, unit: string) => c && (
    <Explain path={path}>{c.contested && <ContestedMark />}{valueText(c.values.length > 1 ? c : c.value)} {unit}{c.approximate && ' (about)'}</Explain>
  )
  return (
    <section class="panel" aria-labelledby="rounds-title">
      <h3 id="rounds-title">Rounds</h3>
      <div class="wide" role="group" aria-label="Rounds" tabIndex={0}>
        <table>
          <thead><tr><th scope="col">Round</th><th scope="col">Status</th><th scope="col">Outcome</th><th scope="col">Length</th><th scope="col">Opened</th><th scope="col">Venue</th></tr></thead>
          <tbody>{entries.map(([id, r]) => (
            <tr key={id} class={changesBelow(`rounds/${id}`).length ? 'changed' : ''}>
              <th scope="row">{roundName(id)}{changesBelow(`rounds/${id}`).length > 0 && <span class="shape moved-mark" title="changed by this step">◆<span class="sr"> changed</span></span>}</th>
              <td><Explain path={`rounds/${id}/status`}>{r.status ?? 'unknown'}</Explain><Recorded path={`rounds/${id}/status`} /></td>
              <td>{r.outcome ? <Explain path={`rounds/${id}/outcome`}>{r.outcome}</Explain> : <span class="faint">not told</span>}{r.contested?.['outcome'] && <ContestedMark />}<Recorded path={`rounds/${id}/outcome`} /></td>
              <td>{length(`rounds/${id}/days`, r.days, 'days')} {length(`rounds/${id}/hours`, r.hours, 'hours')}{!r.days && !r.hours && <span class="faint">not told</span>}<Recorded path={`rounds/${id}/days`} /><Recorded path={`rounds/${id}/hours`} /></td>
              <td>{r.opened ? <Date_ of={r.opened} /> : <span class="faint">not told</span>}<Recorded path={`rounds/${id}/opened`} /></td>
              <td>{r.venue ?? <span class="faint">not told</span>}<Recorded path={`rounds/${id}/venue`} /></td>
            </tr>))}
            {others.map((id) => <tr key={id}><th scope="row">{roundName(id)}</th><td colSpan={5}><RecordedBelow path={`rounds/${id}`} /></td></tr>)}</tbody>
        </table>
      </div>
    </section>
  )
}
