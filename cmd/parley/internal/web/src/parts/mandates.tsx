// Mandates: who can bind whom, and on whose word.
import { onlyRecorded } from '../beside'
import { changesBelow } from '../changes'
import { actorName } from '../session'
import type { Mandate } from '../types'
import { RecordedBelow } from './ghost'
import { ContestedMark, Date_, Moved, Rivals } from './marks'
import { Empty } from './notes'
import { Explain, pick } from './pick'
import { camelWords } from '../words'

export function Mandates({ all }: { all: Record<string, Mandate> }) {
  const entries = Object.entries(all)
  return (
    <section class="panel" aria-labelledby="mandates-title">
      <h3 id="mandates-title">Mandates</h3>
      {entries.length === 0 && <Empty>Nothing is known of any mandate at this step.</Empty>}
      {entries.map(([id, m]) => {
        const path = `mandates/${id}`
        const moved = changesBelow(path)
        return (
          <div class={`mandate${moved.length ? ' changed' : ''}`} key={id}>
            <p><strong>{actorName(id)}</strong> <Explain path={`${path}/fullPowers`}>full powers: {m.fullPowers ?? 'unknown'}</Explain></p>
            {m.head && <p>led by {actorName(m.head)}{m.rank && `, ${m.rank}`}</p>}
            {m.principals && <p><Explain path={`${path}/principals`}>depends on {m.principals.split('|').map(actorName).join(', ')}</Explain></p>}
            {m.scope?.map((s) => <p key={s.text}><q>{s.text}</q></p>)}
            {Object.entries(m.contested ?? {}).map(([field, claims]) => (
              <div class="contested" key={field}><p><ContestedMark /> {camelWords(field)}</p><Rivals claims={claims} onPick={pick} /></div>
            ))}
            {m.instructions?.map((i) => <p key={i.event}><Explain path={`timeline/${i.event}`}>instructed{i.from && ` by ${actorName(i.from)}`}</Explain>{i.basis && ` (${i.basis})`}, <Date_ of={i.occurred} />{i.content && <>: <q>{i.content}</q></>}</p>)}
            <RecordedBelow path={path} />
            {moved.map((c) => <p class="shift" key={c.path}><span class="field">{camelWords(c.path.slice(path.length + 1)).replaceAll('/', ' · ')}</span> <Moved old={c.old} now={c.new} /></p>)}
          </div>
        )
      })}
      {onlyRecorded('mandates', entries.map(([id]) => id)).map((id) => <div class="mandate" key={id}><p><strong>{actorName(id)}</strong></p><RecordedBelow path={`mandates/${id}`} /></div>)}
    </section>
  )
}
