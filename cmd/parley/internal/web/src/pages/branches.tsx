// What is supposed of a negotiation: its branches, and two sides of them compared.
import { useEffect } from 'preact/hooks'
import { Comparison } from '../branches/compare'
import { BranchList } from '../branches/list'
import { Export, ExportButton } from '../parts/export'
import { Foot, Mark } from '../parts/header'
import { Trouble } from '../parts/notes'
import { registry, viewWords } from '../session'
import { home, link, place, whole } from '../url'

export function Branches() {
  const p = place.value
  const title = registry.data.value?.title || p.negotiation
  const words = viewWords(p)
  const lost = registry.problem.value?.status === 404 ? registry.problem.value : undefined
  useEffect(() => {
    document.title = p.compare ? `HYPOTHETICAL · ${p.compare} and ${p.other || 'the record'} · ${title} · Parley` : `Branches · ${title} · Parley`
  }, [title, p.compare, p.other])
  return (
    <div class={`sheet${p.compare ? ' hypothetical' : ''}`}>
      <header class="top">
        <Mark />
        <div class="title">
          <h1>{title}</h1>
          <p class="sub">
            <span>{p.compare ? 'Two sides compared' : 'Branches'}</span>
            {p.compare && words.length > 0 && <span class="view">both sides {words.join('; ')} <a {...link(whole)}>clear</a></span>}
          </p>
        </div>
        <nav class="tools" aria-label="Pages of this negotiation">
          <a {...link({ ...whole, page: 'negotiation' })}>Replay</a>
          {p.compare ? <a {...link({ compare: '', other: '' })}>All branches</a> : <span aria-current="page">Branches</span>}
          {p.compare && !lost && <ExportButton />}
        </nav>
      </header>
      {lost && <main id="main" class="lost"><Trouble level={2} problem={lost}><p><a {...link(home)}>All negotiations</a></p></Trouble></main>}
      {!lost && (p.compare ? <Comparison /> : <BranchList />)}
      <Foot />
      {p.compare && <Export />}
    </div>
  )
}
