// The drafts ladder: for each version how far it has come, and where it stands.
import { ghostOf, onlyRecorded } from '../beside'
import { changesBelow } from '../changes'
import { actorName, actorNames } from '../session'
import type { Draft, Ladder } from '../types'
import { camelWords } from '../words'
import { Recorded, RecordedBelow } from './ghost'
import { ContestedMark, Date_, Moved, Rivals } from './marks'
import { Empty } from './notes'
import { Explain, pick } from './pick'

const rungs = ['tabled', 'finalized', 'verbally-confirmed', 'initialled', 'signed', 'ratified']
const rungWords = (r: string) => r.replace('-', ' ')

export function Drafts({ drafts }: { drafts: Record<string, Draft> }) {
  const all = Object.values(drafts)
  return (
    <section class="panel" aria-labelledby="drafts-title">
      <h3 id="drafts-title">Drafts</h3>
      {all.length === 0 && <Empty>No draft is known of at this step.</Empty>}
      {all.map((d) => (
        <div key={d.id}>
          <h4>{d.id.replaceAll('-', ' ')}</h4>
          <div class="wide" role="group" aria-label={`Ladder of ${d.id}`} tabIndex={0}>
            <table class="ladder">
              <caption class="sr">How far each version has come. A full mark is where it stands, a hollow one what it had reached and lost.</caption>
              <thead><tr><th scope="col">Version</th>{rungs.map((r) => <th scope="col" key={r}>{rungWords(r)}</th>)}<th scope="col">Stands</th></tr></thead>
              <tbody>
                {d.versions?.map((v) => <Version key={v.version} draft={d.id} of={v} path={`drafts/${d.id}/versions/${v.version}`} name={`version ${v.version}`} />)}
                {d.unversioned && <Version draft={d.id} of={d.unversioned} path={`drafts/${d.id}/unversioned`} name="no version told" />}
                {onlyRecorded(`drafts/${d.id}/versions`, (d.versions ?? []).map((v) => String(v.version))).map((v) => <RecordedVersion key={v} path={`drafts/${d.id}/versions/${v}`} name={`version ${v}`} />)}
                {!d.unversioned && onlyRecorded(`drafts/${d.id}`, ['versions']).map((v) => <RecordedVersion key={v} path={`drafts/${d.id}/${v}`} name="no version told" />)}
              </tbody>
            </table>
          </div>
        </div>
      ))}
      {onlyRecorded('drafts', all.map((d) => d.id)).map((id) => <div key={id}><h4>{id.replaceAll('-', ' ')}</h4><RecordedBelow path={`drafts/${id}`} /></div>)}
      {all.length > 0 && <p class="legend"><span class="rung full" aria-hidden="true" /> stands <span class="rung lost" aria-hidden="true" /> reached, and taken back or disputed</p>}
    </section>
  )
}

function Version({ of, path, name }: { draft: string; of: Ladder; path: string; name: string }) {
  const stands = rungs.indexOf(of.stands ?? '')
  const reached = rungs.indexOf(of.reached ?? '')
  const moved = changesBelow(path)
  // What was taken back or declined is told in words of its own.
  const told = moved.filter((m) => !/\/(retracted|declined)\//.test(m.path))
  const rivals = Object.entries(of.contested ?? {})
  const ghostly = ['reached', 'retracted', 'declined'].filter((f) => ghostOf(`${path}/${f}`))
  const notes = ghostly.length > 0 || told.length > 0 || rivals.length > 0 || (of.retracted?.length ?? 0) > 0 || (of.declined?.length ?? 0) > 0
  return (
    <>
      <tr class={moved.length ? 'changed' : ''} data-version={path}>
        <th scope="row">{name}</th>
        {rungs.map((r, i) => {
          const kind = i <= stands ? 'full' : i <= reached ? 'lost' : 'none'
          return <td key={r} class="rung-cell"><span class={`rung ${kind}`} /><span class="sr">{kind === 'full' ? 'stands' : kind === 'lost' ? 'reached, does not stand' : 'not reached'}</span></td>
        })}
        <td><Explain path={`${path}/stands`}>{rungWords(of.stands ?? 'unknown')}</Explain>{rivals.length > 0 && <ContestedMark />}<Recorded path={`${path}/stands`} /></td>
      </tr>
      {notes && (
        <tr class="notes"><td colSpan={rungs.length + 2}>
          {ghostly.map((f) => <p class="shift" key={f}><span class="field">{f}</span><Recorded path={`${path}/${f}`} /></p>)}
          {of.retracted?.map((r) => <p key={r.event}><span aria-hidden="true">↩ </span><Explain path={`timeline/${r.event}`}>{actorNames(r.by)} retracted{r.what && ` the ${r.what}`}</Explain>, <Date_ of={r.occurred} />{r.held && <>, held <q>{r.held}</q></>}</p>)}
          {of.declined?.map((r) => <p key={r.event}><span aria-hidden="true">✕ </span><Explain path={`timeline/${r.event}`}>{actorNames(r.by)} declined</Explain>, <Date_ of={r.occurred} /></p>)}
          {rivals.map(([field, claims]) => <div class="contested" key={field}><p>{camelWords(field)}, by different accounts:</p><Rivals claims={claims} onPick={pick} /></div>)}
          {told.map((m) => <p class="shift" key={m.path}><span class="field">{m.path.slice(path.length + 1).split('/').map((x) => (x === 'parties' ? '' : x)).filter(Boolean).map((x) => (actorName(x) === x ? camelWords(x) : actorName(x))).join(' ')}</span> <Moved old={m.old} now={m.new} /></p>)}
        </td></tr>
      )}
    </>
  )
}

// RecordedVersion is one of which only the record tells.
function RecordedVersion({ path, name }: { path: string; name: string }) {
  return <tr data-version={path}><th scope="row">{name}</th><td colSpan={rungs.length + 1}><RecordedBelow path={path} /></td></tr>
}
