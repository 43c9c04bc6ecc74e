// The negotiations of the record.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ask, pathOf } from '../api'
import { problemOf } from '../load'
import { Empty, Loading, Trouble } from '../parts/notes'
import { Foot, Mark } from '../parts/header'
import { StatusMark } from '../parts/marks'
import type { Listed, ListedPage, Problem, Summary } from '../types'
import { link, home } from '../url'
import { actWords, count, when } from '../words'

export function List() {
  const all = useSignal<Listed[] | undefined>(undefined)
  const next = useSignal('')
  const problem = useSignal<Problem | undefined>(undefined)
  const more = async (after: string) => {
    try {
      const page = await ask<ListedPage>(pathOf('/negotiations', after ? { after } : {}))
      all.value = [...(after ? all.value ?? [] : []), ...(page.negotiations ?? [])]
      next.value = page.next ?? ''
      problem.value = undefined
    } catch (e) {
      problem.value = problemOf(e)
    }
  }
  useEffect(() => {
    document.title = 'Parley'
    void more('')
  }, [])
  return (
    <>
      <header class="top"><Mark /><p class="about">Negotiations as their sources tell them: what was said and done, when, and who says so.</p></header>
      <main class="list" id="main">
        <h1>Negotiations</h1>
        {problem.value && <Trouble level={2} problem={problem.value} again={() => void more('')} />}
        {!all.value && !problem.value && <Loading what="the negotiations" />}
        {all.value?.length === 0 && <NoneYet />}
        <ul class="cards">{all.value?.map((n) => <Card key={n.id} listed={n} />)}</ul>
        {next.value && <button type="button" onClick={() => void more(next.value)}>More</button>}
      </main>
      <Foot />
    </>
  )
}

function NoneYet() {
  return (
    <Empty>
      <h2>The record holds no negotiation yet</h2>
      <p>Import events from a table, or look at the worked example first:</p>
      <pre>{'parley schema --csv > talks.csv     # a template with a codebook\nparley import talks.csv\nparley demo                         # the worked example'}</pre>
    </Empty>
  )
}

function Card({ listed }: { listed: Listed }) {
  const seen = useSignal<Summary | undefined>(undefined)
  const problem = useSignal<Problem | undefined>(undefined)
  useEffect(() => {
    ask<Summary>(pathOf(`/negotiations/${listed.id}`)).then((s) => (seen.value = s), (e: unknown) => (problem.value = problemOf(e)))
  }, [listed.id, listed.position])
  const s = seen.value
  const last = s?.last
  return (
    <li class="card">
      <h2><a {...link({ ...home, page: 'negotiation', negotiation: listed.id })}>{listed.title || listed.id}</a></h2>
      <p class="id"><code>{listed.id}</code></p>
      {problem.value && <p class="warn">⚠ {problem.value.detail}</p>}
      <dl>
        <dt>Parties</dt><dd>{s ? s.parties.map((p) => p.name).join(', ') || 'none registered' : '…'}</dd>
        <dt>Last event</dt><dd>{!s ? '…' : last ? <>{actWords(last.act)}, {when(last.occurred).text}</> : 'none'}</dd>
        <dt>Ceasefire</dt>
        <dd>{!s ? '…' : s.ceasefireStatus.length === 0 ? 'none registered' : s.ceasefireStatus.map((c) => <div key={c.ceasefire}><StatusMark status={c.status} /></div>)}</dd>
        <dt>Contested</dt><dd>{s ? count(s.contested, 'value') : '…'}</dd>
        <dt>Log</dt><dd>{count(listed.entries, 'entry', 'entries')}{s && `, ${count(s.happenings, 'happening')}`}</dd>
      </dl>
    </li>
  )
}
