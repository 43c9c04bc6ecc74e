// How the server stands: whether it is ready, how far its projections are, what is
// followed. It is read again every few seconds while the page is in sight.
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { ask, pathOf } from '../api'
import { problemOf, refreshed } from '../load'
import { Foot, Mark } from '../parts/header'
import { Empty, Loading, Trouble } from '../parts/notes'
import type { Problem, SystemStand } from '../types'
import { go, home, link, place, whole } from '../url'
import { count } from '../words'

const pause = 5000 // ms

export function System() {
  const told = useSignal<SystemStand | undefined>(undefined)
  const problem = useSignal<Problem | undefined>(undefined)
  const { after, troubled } = place.value
  const read = async () => {
    try {
      told.value = await ask<SystemStand>(pathOf('/system', { limit: '20', after: after || undefined, troubled: troubled ? 'true' : undefined }))
      problem.value = undefined
    } catch (e) {
      problem.value = problemOf(e)
    }
  }
  useEffect(() => { document.title = 'System · Parley' }, [])
  useEffect(() => {
    void read()
    const again = setInterval(() => { if (document.visibilityState === 'visible') void read() }, pause)
    return () => clearInterval(again)
  }, [after, troubled, refreshed.value])
  const t = told.value
  return (
    <div class="sheet">
      <header class="top"><Mark /><div class="title"><h1>System</h1><p class="sub">How this server stands; read again every {pause / 1000} seconds</p></div><nav class="tools" aria-label="Pages"><a {...link(home)}>All negotiations</a></nav></header>
      <main class={`list system${problem.value && t ? ' old' : ''}`} id="main">
        {problem.value && <Trouble level={2} problem={problem.value} again={() => void read()}>{t && <p>Below is what was told last.</p>}</Trouble>}
        {!t && !problem.value && <Loading what="how the server stands" />}
        {t && <><Readiness of={t} /><Projected of={t} /><Followed of={t} /></>}
      </main>
      <Foot />
    </div>
  )
}

function Readiness({ of: t }: { of: SystemStand }) {
  const p = t.projections
  return (
    <section class="panel" aria-labelledby="ready-title">
      <h2 id="ready-title">Server</h2>
      <dl class="facts">
        <dt>Ready</dt><dd><span role="status">{t.ready ? <Well>yes: requests can be sent here</Well> : <Bad>no: {t.notReady}</Bad>}</span></dd>
        <dt>Program</dt><dd>{t.version || 'of no version'}</dd>
        <dt>Projections</dt><dd>{!p ? 'none are followed: each answer is computed from the log' : !p.running ? <Bad>not followed any more</Bad> : !p.caughtUp ? 'reading what was there before' : p.faults > 0 ? <Bad>{count(p.faults, 'negotiation')} cannot be folded</Bad> : <Well>followed</Well>}</dd>
        {p && (
          <>
            <dt>Version</dt><dd>{p.version} <span class="faint">of the projections</span></dd>
            <dt>Position</dt><dd>#{p.position} of #{p.head}{p.lag > 0 ? `; ${count(p.lag, 'position')} behind` : '; up to date'}</dd>
            <dt>Published</dt><dd>{p.unpublished ? <Bad>not, or not all: {p.unpublishedWhy}</Bad> : 'nothing is known to be wrong'}</dd>
          </>
        )}
        <dt>Streams</dt><dd>{t.streams.open} of at most {t.streams.most.toLocaleString('en')} open</dd>
      </dl>
    </section>
  )
}

function Projected({ of: t }: { of: SystemStand }) {
  const { after, troubled } = place.value
  return (
    <section class="panel" aria-labelledby="projected-title">
      <h2 id="projected-title">Negotiations</h2>
      {t.negotiations.length === 0 ? <Empty>{troubled ? 'None lags behind, and all can be folded.' : !t.projections ? 'Nothing is followed here.' : 'None is followed from here on.'}</Empty> : (
        <div class="wide" role="group" aria-label="How far each negotiation is reflected" tabIndex={0}>
          <table class="folding">
            <thead><tr><th scope="col">Negotiation</th><th scope="col">Reflected</th><th scope="col">Lag</th><th scope="col">Entries</th><th scope="col">Entities</th><th scope="col">Fault</th></tr></thead>
            <tbody>{t.negotiations.map((n) => (
              <tr key={n.negotiation} data-negotiation={n.negotiation}>
                <th scope="row"><a {...link({ ...whole, page: 'negotiation', negotiation: n.negotiation })}>{n.negotiation}</a></th>
                <td data-label="Reflected">#{n.position} of #{n.head}</td>
                <td data-label="Lag">{n.lag === 0 ? 'none' : n.lag >= lagMost ? `${count(lagMost, 'entry', 'entries')} or more` : count(n.lag, 'entry', 'entries')}</td>
                <td data-label="Entries">{n.entries.toLocaleString('en')}{n.parked ? `, ${n.parked.toLocaleString('en')} parked` : ''}</td>
                <td data-label="Entities">{n.entities.toLocaleString('en')}</td>
                <td data-label="Fault">{n.fault ? <Bad>{n.fault}{n.faultAt ? ` (at #${n.faultAt})` : ''}</Bad> : <span class="faint">none</span>}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
      <p class="pages">
        {after && <a {...link({ after: '' })}>First page</a>}
        {t.next && <a {...link({ after: t.next })}>Next page</a>}
        <label class="check"><input type="checkbox" checked={troubled} onChange={(e) => go({ troubled: e.currentTarget.checked, after: '' })} /> only those that lag behind or have a fault</label>
      </p>
    </section>
  )
}

const lagMost = 1000 // the server counts no further

function Followed({ of: t }: { of: SystemStand }) {
  const { most, followed } = t.branches
  return (
    <section class="panel" aria-labelledby="followed-title">
      <h2 id="followed-title">Branches followed <small>{followed.length}{most > 0 && ` of at most ${most}`}; hypothetical</small></h2>
      {followed.length === 0 ? <Empty>Nobody watches a branch.</Empty> : (
        <div class="wide" role="group" aria-label="Branches that are followed" tabIndex={0}>
          <table class="folding">
            <thead><tr><th scope="col">Branch</th><th scope="col">Of</th><th scope="col">Reflected</th><th scope="col">Watched by</th><th scope="col">Fault</th></tr></thead>
            <tbody>{followed.map((b) => (
              <tr key={b.negotiation + '/' + b.branch} data-branch={b.branch}>
                <th scope="row"><span class="shape supposed" aria-hidden="true">◇</span><a {...link({ ...whole, page: 'branches', negotiation: b.negotiation, compare: b.branch, after: '' })}>{b.branch}</a></th>
                <td data-label="Of">{b.negotiation}</td>
                <td data-label="Reflected">{b.position ? <code>{b.position}</code> : 'not folded yet'}</td>
                <td data-label="Watched by">{b.watchers > 0 ? count(b.watchers, 'stream') : 'nobody; kept warm for a while'}</td>
                <td data-label="Fault">{b.fault ? <Bad>{b.fault}</Bad> : <span class="faint">none</span>}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Well({ children }: { children: ComponentChildren }) {
  return <span class="well"><span class="shape" aria-hidden="true">●</span>{children}</span>
}

function Bad({ children }: { children: ComponentChildren }) {
  return <span class="warn"><span aria-hidden="true">⚠ </span>{children}</span>
}
