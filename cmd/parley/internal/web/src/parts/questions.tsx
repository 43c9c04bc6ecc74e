// The four questions: what is agreed, who may speak, what may be amended, what is pending.
import type { ComponentChildren } from 'preact'
import { actorName, actorNames, roundName } from '../session'
import type { Ladder, Questions as Answers } from '../types'
import { actWords, count, valueText } from '../words'
import { ContestedMark } from './marks'
import { Explain } from './pick'

export function Questions({ of }: { of: Answers | undefined }) {
  if (!of) return null
  return (
    <section class="questions" aria-label="Four questions">
      <Question title="What is agreed?" none="Nothing that the events of this view tell of." many={of.agreed.length}>
        {of.agreed.map((a) => a.round
          ? <li key={a.round}><Explain path={`rounds/${a.round}/outcome`}>{roundName(a.round)}: {a.outcome}</Explain></li>
          : <li key={name(a)}><Explain path={pathTo(a)}>{name(a)}: {a.stands}</Explain>{a.contested && <ContestedMark />}</li>)}
      </Question>
      <Question title="Who may speak?" none="No party is registered." many={Object.keys(of.maySpeak).length}>
        {Object.entries(of.maySpeak).map(([party, p]) => (
          <li key={party}>
            <Explain path={`questions/maySpeak/${party}/fullPowers`}>{actorName(party)}: {p.fullPowers === 'yes' ? 'full powers' : p.fullPowers === 'no' ? 'no full powers' : `full powers ${p.fullPowers ?? 'unknown'}`}</Explain>
            {p.principals && <> depends on {p.principals.split('|').map(actorName).join(', ')}</>}
            {p.contested && <> <ContestedMark /></>}
          </li>
        ))}
      </Question>
      <Question title="What may be amended?" none="No draft is open." many={of.amendable.length}>
        {of.amendable.map((a) => <li key={name(a)}><Explain path={pathTo(a)}>{name(a)}: stands {valueText(a.stands)}</Explain>{a.contested && <> <ContestedMark /></>}</li>)}
      </Question>
      <Question title="What is pending?" none="Nothing that the events of this view tell of." many={of.pending.length}>
        {of.pending.map((p) => <li key={p.event}><Explain path={`timeline/${p.event}`}>{p.kind}: {actWords(p.act).toLowerCase()}</Explain> {p.by && p.by.length > 0 && `by ${actorNames(p.by)} `}{p.what && <q>{p.what}</q>}</li>)}
      </Question>
    </section>
  )
}

function Question({ title, none, many, children }: { title: string; none: string; many: number; children: ComponentChildren }) {
  return <section class="question"><h3>{title} <small class="sr">{count(many, 'answer')}</small></h3>{many === 0 ? <p class="faint">{none}</p> : <ul>{children}</ul>}</section>
}

const name = (l: Ladder) => `${(l.draft ?? '').replaceAll('-', ' ')}${l.version ? `, version ${l.version}` : ', no version told'}`
const pathTo = (l: Ladder) => `drafts/${l.draft}/${l.version ? `versions/${l.version}` : 'unversioned'}/stands`
