// The four questions: what is agreed, who may speak, what may be amended, what is pending.
import type { ComponentChildren } from 'preact'
import { ghostsBelow } from '../beside'
import { actorName, actorNames, roundName } from '../session'
import type { Questions as Answers } from '../types'
import { answerKey, draftName, pathTo } from '../values'
import { actWords, count, valueText } from '../words'
import { Recorded, RecordedAnswers } from './ghost'
import { ContestedMark } from './marks'
import { Explain } from './pick'

export function Questions({ of }: { of: Answers | undefined }) {
  if (!of) return null
  return (
    <section class="questions" aria-label="Four questions">
      <Question to="agreed" title="What is agreed?" none="Nothing that the events of this view tell of." paths={of.agreed.map((a) => (a.round ? `rounds/${a.round}/outcome` : pathTo(a)))}>
        {of.agreed.map((a) => a.round
          ? <li key={a.round}><Explain path={`rounds/${a.round}/outcome`}>{roundName(a.round)}: {a.outcome}</Explain><Beside to="agreed" path={`rounds/${a.round}/outcome`} /></li>
          : <li key={draftName(a)}><Explain path={pathTo(a)}>{draftName(a)}: {a.stands}</Explain>{a.contested && <ContestedMark />}<Beside to="agreed" path={pathTo(a)} /></li>)}
      </Question>
      <Question to="maySpeak" title="Who may speak?" none="No party is registered." paths={Object.keys(of.maySpeak).map((p) => `questions/maySpeak/${p}/fullPowers`)}>
        {Object.entries(of.maySpeak).map(([party, p]) => (
          <li key={party}>
            <Explain path={`questions/maySpeak/${party}/fullPowers`}>{actorName(party)}: {p.fullPowers === 'yes' ? 'full powers' : p.fullPowers === 'no' ? 'no full powers' : `full powers ${p.fullPowers ?? 'unknown'}`}</Explain>
            {p.principals && <> depends on {p.principals.split('|').map(actorName).join(', ')}</>}
            {p.contested && <> <ContestedMark /></>}
            <Beside to="maySpeak" path={`questions/maySpeak/${party}/fullPowers`} />
          </li>
        ))}
      </Question>
      <Question to="amendable" title="What may be amended?" none="No draft is open." paths={of.amendable.map(pathTo)}>
        {of.amendable.map((a) => <li key={draftName(a)}><Explain path={pathTo(a)}>{draftName(a)}: stands {valueText(a.stands)}</Explain>{a.contested && <> <ContestedMark /></>}<Beside to="amendable" path={pathTo(a)} /></li>)}
      </Question>
      <Question to="pending" title="What is pending?" none="Nothing that the events of this view tell of." paths={of.pending.map((p) => `timeline/${p.event}`)}>
        {of.pending.map((p) => <li key={p.event}><Explain path={`timeline/${p.event}`}>{p.kind}: {actWords(p.act).toLowerCase()}</Explain> {p.by && p.by.length > 0 && `by ${actorNames(p.by)} `}{p.what && <q>{p.what}</q>}<Beside to="pending" path={`timeline/${p.event}`} /></li>)}
      </Question>
    </section>
  )
}

type Kind = keyof typeof answerKey

function Beside({ to, path }: { to: Kind; path: string }) {
  return <Recorded path={`${answerKey[to]}/${path}`} />
}

// Question has its answers, and after them those that only the record gives.
function Question({ to, title, none, paths, children }: { to: Kind; title: string; none: string; paths: string[]; children: ComponentChildren }) {
  const here = paths.map((p) => `${answerKey[to]}/${p}`)
  const more = ghostsBelow(answerKey[to]).some((g) => g.text && !here.includes(g.id))
  return (
    <section class="question">
      <h3>{title} <small class="sr">{count(paths.length, 'answer')}</small></h3>
      {paths.length === 0 && <p class="faint">{none}</p>}
      {(paths.length > 0 || more) && <ul>{children}<RecordedAnswers to={answerKey[to]} here={here} /></ul>}
    </section>
  )
}
