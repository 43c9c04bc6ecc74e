// Positions: an issue a row, a party a column.
import { onlyRecorded } from '../beside'
import { changesBelow } from '../changes'
import { actorName, isParty, issueTitle, registry } from '../session'
import type { Cell, Change } from '../types'
import { place } from '../url'
import { camelWords } from '../words'
import { Recorded, RecordedBelow } from './ghost'
import { ContestedMark, Moved, Rivals, Stance } from './marks'
import { Empty } from './notes'
import { Explain, pick } from './pick'

export function Matrix({ positions }: { positions: Record<string, Record<string, Cell>> }) {
  const parties = Object.keys(positions)
  for (const a of registry.data.value?.actors ?? []) if (a.kind === 'party' && !parties.includes(a.actor)) parties.push(a.actor)
  parties.push(...onlyRecorded('positions', parties))
  parties.sort((a, b) => Number(isParty(b)) - Number(isParty(a)) || a.localeCompare(b))
  const issues = (registry.data.value?.issues ?? []).map((i) => i.issue)
  for (const row of Object.values(positions)) for (const i of Object.keys(row)) if (!issues.includes(i)) issues.push(i)
  for (const p of parties) issues.push(...onlyRecorded(`positions/${p}`, issues))
  return (
    <section class="panel" aria-labelledby="matrix-title">
      <h3 id="matrix-title">Positions</h3>
      {issues.length === 0 || parties.length === 0 ? <Empty>No issue is registered.</Empty> : (
        <div class="wide" role="group" aria-label="Positions by issue and party" tabIndex={0}>
          <table class="matrix">
            <thead><tr><th scope="col">Issue</th>{parties.map((p) => <th scope="col" key={p}>{actorName(p)}</th>)}</tr></thead>
            <tbody>{issues.map((i) => (
              <tr key={i}>
                <th scope="row"><span class="issue">{issueTitle(i)}</span></th>
                {parties.map((p) => <Position key={p} party={p} issue={i} cell={positions[p]?.[i]} />)}
              </tr>))}</tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Position({ party, issue, cell }: { party: string; issue: string; cell: Cell | undefined }) {
  const path = `positions/${party}/${issue}`
  const moved = changesBelow(path)
  if (!cell) return <td class="none" data-party={actorName(party)}>{moved.length > 0 ? moved.map((m) => <Shown key={m.path} change={m} path={path} />) : <span class="faint">{place.value.branch ? 'nothing told' : 'not recorded'}</span>}<RecordedBelow path={path} /></td>
  const rivals = cell.contested ?? {}
  return (
    <td class={`cell${moved.length ? ' changed' : ''}`} data-cell={path} data-party={actorName(party)}>
      {cell.stance !== undefined && <Explain path={`${path}/stance`} label={`${actorName(party)}, ${issueTitle(issue)}: ${cell.stance}. Why?`}><Stance of={cell.stance} /></Explain>}
      <Recorded path={`${path}/stance`} />
      {cell.redLine && <span class="red-line" title="said to be beyond compromise"><span aria-hidden="true">▌</span>red line</span>}
      <Recorded path={`${path}/redLine`} />
      {cell.commitment && cell.commitment !== 'unknown' && (
        <Explain path={`${path}/commitment`}><span class="commitment">commitment: {cell.commitment}</span></Explain>
      )}
      <Recorded path={`${path}/commitment`} />
      {cell.refused && cell.refused.length > 0 && <Explain path={`${path}/refused`}><span class="refused">refuses {cell.refused.map((r) => (r === 'any' ? 'any assurance' : r)).join(', ')}</span></Explain>}
      <Recorded path={`${path}/refused`} />
      {cell.shifts !== undefined && <Explain path={`${path}/shifts`}><span class="commitment">{cell.shifts === 1 ? 'shifted once' : `shifted at least ${cell.shifts} times`}</span></Explain>}
      <Recorded path={`${path}/shifts`} />
      {cell.conditions?.map((c) => <q key={c.text}>{c.text}</q>)}
      <Recorded path={`${path}/conditions`} />
      {Object.entries(rivals).map(([field, claims]) => (
        <div class="contested" key={field}><p><ContestedMark /> {camelWords(field)}</p><Rivals claims={claims} onPick={pick} /></div>
      ))}
      {moved.map((m) => <Shown key={m.path} change={m} path={path} />)}
    </td>
  )
}

function Shown({ change, path }: { change: Change; path: string }) {
  return <div class="shift"><span class="field">{camelWords(change.path.slice(path.length + 1).replaceAll('/', ' '))}</span> <Moved old={change.old} now={change.new} /></div>
}
