// One negotiation, gone through step by step.
import { useEffect } from 'preact/hooks'
import { listen } from '../keys'
import { refreshed } from '../load'
import { Foot, Head, News } from '../parts/header'
import { Export } from '../parts/export'
import { Help } from '../parts/help'
import { Inspector } from '../parts/inspector'
import { Log } from '../parts/log'
import { Trouble } from '../parts/notes'
import { Scrubber } from '../parts/scrubber'
import { State } from '../parts/state'
import { Banner, lensWrong, ViewForm } from '../parts/view'
import { registry, timeline } from '../session'
import { go, link, home, place } from '../url'

export function Negotiation() {
  const p = place.value
  const title = registry.data.value?.title || p.negotiation
  useEffect(() => listen(), [])
  useEffect(() => {
    document.title = `${p.branch ? 'HYPOTHETICAL · ' : ''}${title} · Parley`
  }, [title, p.branch])
  const problem = timeline.problem.value
  const again = () => { refreshed.value = refreshed.peek() + 1 }
  const lost = problem && problem.status === 404 && !registry.data.value && registry.problem.value !== undefined
  return (
    <div class={`page${p.branch ? ' hypothetical' : ''}`}>
      <Head />
      <Banner />
      <News />
      {!lost && <ViewForm />}
      {problem && lost && <main class="lost"><Trouble level={2} problem={problem} again={again}><p><a {...link(home)}>All negotiations</a></p></Trouble></main>}
      {problem && !lost && !lensWrong.value && (
        <Trouble level={2} problem={problem} again={again}>
          <p>{timeline.data.value ? 'Below is still the last view that could be computed. ' : ''}<button type="button" onClick={() => go({ 'as-of': '', 'known-by': '', 'recorded-by': '', possibly: false, lens: '', branch: '', step: '' })}>Clear the view</button></p>
        </Trouble>
      )}
      {!lost && <main id="main" class={`replay${problem ? ' old' : ''}`}><Log /><State /><Inspector /></main>}
      {!lost && <Scrubber />}
      <Foot />
      <Help />
      <Export />
    </div>
  )
}
