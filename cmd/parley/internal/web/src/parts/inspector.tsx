// Why: the accounts that a value rests on, word for word, and how far they are trusted.
import { dropped } from '../live/branch'
import { actorName, currentStep, explained, happenings, pathWords, timeline, why } from '../session'
import type { Because, Why } from '../types'
import { go, link, place } from '../url'
import { actWords, count, gradeWords, valueText } from '../words'
import { ContestedMark, Date_, Rivals } from './marks'
import { Empty, Loading, Trouble } from './notes'

export function Inspector() {
  const path = explained.value
  const answer = why.data.value
  const problem = why.problem.value
  const absent = problem?.status === 404 && currentStep.value !== undefined && !dropped.value
  const event = path.startsWith('timeline/') ? path.slice('timeline/'.length) : ''
  return (
    <section class="why" aria-labelledby="why-title" aria-busy={why.behind.value}>
      <h2 id="why-title">Why?</h2>
      <div id="why" tabIndex={-1} class="why-body" role="group" aria-label="Reasons">
        {!path && <Empty>Choose a value, or an event, to see what it rests on.</Empty>}
        {path && <p class="path"><strong>{event ? <Event event={event} /> : pathWords(path)}</strong> <code>{path}</code> {place.value.sel && <button type="button" class="plain" onClick={() => go({ sel: '' })}>back to the step</button>}</p>}
        {absent && <Empty><p>At this step there is no such value: no event so far tells it.</p><p class="faint">{problem?.detail}</p></Empty>}
        {problem && !absent && !timeline.problem.value && !timeline.behind.value && <Trouble problem={problem} />}
        {path && !answer && !problem && <Loading what="the reasons" />}
        {answer && !problem && answer.path === path && <Reasons of={answer} event={event} />}
      </div>
    </section>
  )
}

function Event({ event }: { event: string }) {
  const h = happenings.value.get(event)
  return <>{h ? <>{actWords(h.act)}{h.by && h.by.length > 0 && <>, {h.by.map(actorName).join(', ')}</>}</> : event}</>
}

function Reasons({ of, event }: { of: Why; event: string }) {
  const claims = of.contested ?? claimsIn(of.value)
  const told = happenings.value.get(event)
  return (
    <>
      {!event && !claims && <p class="value">{valueText(of.value)}</p>}
      {told && <p class="value"><Date_ of={told.occurred} />{told.unorderedWithPrevious && <span class="faint"> — not known whether before or after the step before</span>}</p>}
      {claims && <div class="contested"><p><ContestedMark /> Accounts disagree:</p><Rivals claims={claims} onPick={(e) => document.getElementById(`account-${e}`)?.scrollIntoView({ block: 'nearest' })} /></div>}
      {of.rule && <p class="rule"><span>Rule</span> {of.rule}</p>}
      <h3>{of.events.length === 0 ? 'It rests on no account' : count(of.events.length, 'account')}</h3>
      {of.events.length === 0 && <p class="faint">No event of this view tells it: unknown, or not recorded.</p>}
      {of.events.map((b) => <Account key={b.event} of={b} />)}
      {event && currentStep.value?.event === event && <p><a {...link({ 'as-of': '@' + event, step: '', sel: '' })}>Show only this and what certainly came before it</a></p>}
    </>
  )
}

// claimsIn finds the claims within a value that carries them itself.
function claimsIn(v: unknown): Why['contested'] {
  const claimed = v as { contested?: boolean; values?: Why['contested'] } | null
  return claimed && typeof claimed === 'object' && claimed.contested === true && Array.isArray(claimed.values) ? claimed.values : undefined
}

function Account({ of: b }: { of: Because }) {
  const grade = `${b.reliability ?? ''}${b.credibility ?? ''}`
  return (
    <article class={`account${b.branch ? ' supposed' : ''}`} id={`account-${b.event}`}>
      <h4><button type="button" class="plain" onClick={() => go({ step: b.event, sel: `timeline/${b.event}` })} title="jump to its step">{b.event}</button> <span class="faint">{actWords(b.type)}</span></h4>
      {b.quote ? <blockquote>{b.quote}</blockquote> : <p class="faint">No words are quoted.</p>}
      <dl>
        <dt>Says</dt><dd>{b.speaker || 'nobody named'} <span class="faint">(side: {b.side === 'unknown' ? 'unknown' : actorName(b.side)})</span></dd>
        <dt>Source</dt><dd>{b.document || 'not told'}{b.locator && <span class="faint"> {b.locator}</span>}</dd>
        <dt>Occurred</dt><dd><Date_ of={b.occurred} /></dd>
        <dt>Reported</dt><dd><Date_ of={b.reported} /></dd>
        {grade && <><dt>Grade</dt><dd><b>{grade}</b> <span class="faint">{gradeWords(b.reliability, b.credibility)}</span></dd></>}
        <dt>Entry</dt><dd>{b.branch ? `${b.branch} #${b.position}, supposed` : `#${b.position}`}{b.correctedBy && ', corrected since'}</dd>
      </dl>
      {b.note && <details><summary>Coder’s note</summary><p>{b.note}</p></details>}
    </article>
  )
}
