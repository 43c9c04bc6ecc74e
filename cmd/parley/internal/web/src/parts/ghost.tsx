// What the record says, beside what a branch supposes.
import { at, besideProblem, differing, ghostOf, ghostsBelow, inRecord, type Ghost } from '../beside'
import { link, place } from '../url'
import { fieldWords } from '../values'
import { count } from '../words'

// Recorded is what the record says in place of a value; nothing, where it says the same.
export function Recorded({ path }: { path: string }) {
  const g = ghostOf(path)
  return g ? <> <Said of={g} /></> : null
}

// RecordedBelow are all values of a thing of which the record says something else.
export function RecordedBelow({ path }: { path: string }) {
  return <>{ghostsBelow(path).map((g) => <div class="shift" key={g.id}><span class="field">{fieldWords(g.id, path)}</span> <Said of={g} /></div>)}</>
}

// Answers are those that the record gives to a question, and the branch does not.
export function RecordedAnswers({ to, here }: { to: string; here: string[] }) {
  return <>{ghostsBelow(to).filter((g) => g.text && !here.includes(g.id)).map((g) => <li key={g.id}><Said of={g} /></li>)}</>
}

function Said({ of: g }: { of: Ghost }) {
  const what = <><span class="shape" aria-hidden="true">▤</span>record: </>
  return g.text
    ? <a class="ghost" data-ghost={g.id} title="what the record says at this step, and why" {...link(inRecord(g.path))}>{what}{g.text}</a>
    : <span class="ghost" data-ghost={g.id}>{what}nothing</span>
}

// Beside says above the state of a branch how it differs from the record.
export function Beside() {
  const p = place.value
  if (!p.branch) return null
  const n = differing.value
  const problem = besideProblem.value
  return (
    <section class="beside" aria-labelledby="beside-title" aria-busy={n === undefined && !problem} data-differing={n}>
      <h3 id="beside-title">{problem ? 'What the record says cannot be told' : n === undefined ? 'What the record says is on its way …' : n === 0 ? 'Here the record says the same' : `Here ${count(n, 'value differs', 'values differ')} from the record`}</h3>
      {problem && <p>{problem.detail}</p>}
      {n !== undefined && n > 0 && <p>What the record says stands beside each, as <span class="ghost"><span class="shape" aria-hidden="true">▤</span>record: …</span></p>}
      {n !== undefined && <Where />}
      <p><a {...link({ page: 'branches', branch: '', compare: p.branch, other: '', step: '', sel: '' })}>Compare the whole of both</a></p>
    </section>
  )
}

// Where says at which step the record is seen, if that is not plain.
function Where() {
  const seen = at.value
  if (!seen || !place.value.step) return null
  const off = seen.off > 0 && ` Dates are vague: by then ${count(seen.off, 'happening')} that both have ${seen.off === 1 ? 'is' : 'are'} on one side only, and may be why values differ.`
  if (seen.index < 0) return <p class="faint">The record is seen before its first step.{off}</p>
  return <p class="faint">The record is seen at its step {seen.index + 1} of {seen.of}, <a {...link(inRecord(`timeline/${seen.event}`))}>{seen.event}</a>{seen.event === place.value.step ? '.' : ', the nearest to this one.'}{off}</p>
}
