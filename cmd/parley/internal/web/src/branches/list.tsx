// The branches in order of their names, each with what it stands on and what it is for.
import { Empty, Loading, Trouble } from '../parts/notes'
import type { BranchLine } from '../types'
import { go, link, place, whole } from '../url'
import { count } from '../words'
import { Drop, dropping } from './drop'
import { done, lines, moved, next, pageSize, problem, relist, standing } from './listing'
import { maySuppose } from './may'
import { OpenForm } from './open'

export function BranchList() {
  const p = place.value
  const all = lines.value
  return (
    <main class="list branches" id="main">
      <h2 id="branches-title" tabIndex={-1}>Branches <small>what is supposed; never part of the record</small></h2>
      {maySuppose.value && <OpenForm />}
      <p class="said" role="status">{done.value.said}{done.value.branch && <> <Ways to={done.value.branch} /></>}</p>
      {problem.value && <Trouble problem={problem.value} again={() => void relist()} />}
      {!all && !problem.value && <Loading what="the branches" />}
      {all?.length === 0 && <None />}
      {all && all.length > 0 && <Table all={all} />}
      <p class="pages">
        {p.after && <a {...link({ after: '' })}>First page</a>}
        {next.value && <a {...link({ after: next.value })}>Next page</a>}
        <label class="check"><input type="checkbox" checked={p.dropped} onChange={(e) => { const on = e.currentTarget.checked; go({ dropped: on, after: '' }) }} /> the dropped ones too</label>
        {all && all.length > 0 && <span class="faint" role="status">{standings[standing.value]}</span>}
      </p>
      {maySuppose.value && <Drop />}
    </main>
  )
}

const standings = {
  open: 'What is appended or dropped elsewhere is shown as it comes.',
  connecting: 'Connecting to be told what comes …',
  lost: 'Disconnected: no news come; trying again. What is shown stays.',
}

function None() {
  const p = place.value
  if (p.after) return <Empty>No branch comes after <code>{p.after}</code>. <a {...link({ after: '' })}>First page</a></Empty>
  return <Empty><p><strong>Nothing is supposed yet.</strong> A branch is hypothetical events on top of the record, or the record without some of its events.</p></Empty>
}

function Table({ all }: { all: BranchLine[] }) {
  return (
    <div class="wide" role="group" aria-label={`Branches, at most ${pageSize} of them`} tabIndex={0}>
      <table class="folding">
        <thead><tr><th scope="col">Branch</th><th scope="col">Stands on</th><th scope="col">Author</th><th scope="col">Purpose</th><th scope="col">Own events</th><th scope="col">Opened</th><th scope="col">Look</th></tr></thead>
        <tbody>{all.map((b) => <Row key={b.branch} of={b} />)}</tbody>
      </table>
    </div>
  )
}

function Row({ of: b }: { of: BranchLine }) {
  const news = moved.value.has(b.branch)
  return (
    <tr class={`${b.dropped ? 'gone' : ''}${news ? ' changed' : ''}`} data-branch={b.branch}>
      <th scope="row"><span class="shape supposed" aria-hidden="true">◇</span><code>{b.branch}</code>{b.dropped && <span class="tag"> dropped</span>}</th>
      <td data-label="Stands on">{b.parent ? <>{b.parent === 'record' ? 'the record' : <code>{b.parent}</code>} at <code>#{b.fork}</code>{b.followParent && ', following'}</> : <span class="faint">not known</span>}<LeavesOut of={b} /></td>
      <td data-label="Author">{b.author}</td>
      <td data-label="Purpose"><q>{b.purpose}</q>{b.dropped && <p class="reason">{b.droppedAt ? `dropped ${moment(b.droppedAt)}${b.reason ? ': ' + b.reason : ''}` : b.reason}</p>}</td>
      <td data-label="Own events">{b.events}{news && <span class="moved" role="status"> <span class="shape" aria-hidden="true">◆</span>more have come</span>}</td>
      <td data-label="Opened">{b.opened ? moment(b.opened) : <span class="faint">not known</span>}</td>
      <td data-label="Look" class="look">{!b.dropped && (
        <>
          <Ways to={b.branch} />
          {maySuppose.value && <button type="button" class="plain" onClick={() => (dropping.value = b)}>Drop …<span class="sr"> {b.branch}</span></button>}
        </>
      )}</td>
    </tr>
  )
}

// Ways lead to where a branch can be looked at.
function Ways({ to }: { to: string }) {
  return (
    <>
      <a {...link({ ...whole, page: 'negotiation', branch: to })}>Replay<span class="sr"> {to}</span></a>{' '}
      <a {...link({ compare: to, other: '' })}>Compare<span class="sr"> {to} with the record</span></a>
    </>
  )
}

function LeavesOut({ of: b }: { of: BranchLine }) {
  const left = [...(b.without ?? []), ...(b.replace ?? [])]
  if (left.length === 0) return null
  return <p class="faint" title={left.join(', ')}>without {left.length > 3 ? count(left.length, 'happening') : left.join(', ')}</p>
}

// moment is an instant of the server, to the minute, in universal time.
const moment = (at: string): string => at.slice(0, 16).replace('T', ' ') + 'Z'
