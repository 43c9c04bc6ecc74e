// The rest of the view: whom to believe, what is supposed, how far the record is seen.
import { computed, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { branches, lenses, registry, timeline } from '../session'
import { go, place } from '../url'

// presets are lenses that every negotiation can have.
const presets = (parties: string[]): { name: string; lens: string }[] => [
  { name: 'everybody', lens: '' },
  { name: 'who is named', lens: 'source.attribution == "named"' },
  { name: 'what others confirm', lens: 'credibility == "1" || credibility == "2"' },
  ...parties.flatMap((p) => [
    { name: `all but ${p}`, lens: `source.side != "${p}"` },
    { name: `only ${p}`, lens: `source.side == "${p}"` },
  ]),
]

// lensWrong tells whether it is the lens that is wrong with the view.
export const lensWrong = computed(() => {
  const problem = timeline.problem.value
  return place.value.lens !== '' && problem !== undefined && problem.status === 400 && /^lens\b/.test(problem.detail)
})

export function ViewForm() {
  const p = place.value
  const parties = (registry.data.value?.actors ?? []).filter((a) => a.kind === 'party').map((a) => a.actor)
  const registered = lenses.data.value?.lenses ?? []
  const all = [...presets(parties), ...registered.map((l) => ({ name: `${l.lens} (by ${l.author})`, lens: l.lens }))]
  const text = useSignal(p.lens)
  const recorded = useSignal(p['recorded-by'])
  useEffect(() => { text.value = p.lens }, [p.lens])
  useEffect(() => { recorded.value = p['recorded-by'] }, [p['recorded-by']])
  const problem = timeline.problem.value
  const wrong = lensWrong.value
  const lines = branches.data.value?.branches ?? []
  return (
    <section class="view-form" aria-label="View">
    <details id="view" open={wrong || undefined}>
      <summary>View: whom to believe, what to suppose{p.lens || p.branch || p['recorded-by'] || p.possibly ? <b> (set)</b> : ''}</summary>
      <div class="fields">
        <form onSubmit={(e) => { e.preventDefault(); go({ lens: text.value.trim(), step: '' }) }}>
          <label for="lens">Lens</label>
          <input id="lens" type="text" value={text.value} spellcheck={false} autocomplete="off" placeholder='source.side != "…"' aria-invalid={wrong} aria-describedby={wrong ? 'lens-wrong' : undefined} onInput={(e) => (text.value = e.currentTarget.value)} />
          <button type="submit">Look</button>
          <label for="preset" class="sr">Preset lens</label>
          <select id="preset" value={p.lens} onChange={(e) => go({ lens: e.currentTarget.value, step: '' })}>
            {all.map((l) => <option key={l.name} value={l.lens}>{l.name}</option>)}
            {!all.some((l) => l.lens === p.lens) && <option value={p.lens}>as written</option>}
          </select>
        </form>
        {wrong && problem && <div id="lens-wrong" class="wrong" role="alert"><p><strong>{problem.title}.</strong> {problem.detail}</p>{problem.hint && <pre>{problem.hint}</pre>}<button type="button" onClick={() => go({ lens: '' })}>Clear the lens</button></div>}
        <label for="branch">Branch</label>
        <select id="branch" value={p.branch} onChange={(e) => go({ branch: e.currentTarget.value, step: '', sel: '', 'recorded-by': '' })}>
          <option value="">the record: nothing supposed</option>
          {lines.map((b) => <option key={b.branch} value={b.branch}>{b.branch}: {b.purpose}</option>)}
          {p.branch && !lines.some((b) => b.branch === p.branch) && <option value={p.branch}>{p.branch}</option>}
        </select>
        <form onSubmit={(e) => { e.preventDefault(); go({ 'recorded-by': recorded.value.trim(), step: '' }) }}>
          <label for="recorded">Recorded by</label>
          <input id="recorded" type="text" value={recorded.value} spellcheck={false} autocomplete="off" placeholder="#120, or a time" onInput={(e) => (recorded.value = e.currentTarget.value)} />
          <button type="submit">Look</button>
        </form>
        <label class="check"><input type="checkbox" checked={p.possibly} onChange={(e) => go({ possibly: e.currentTarget.checked, step: '' })} /> possibly: admit what may lie within the clocks, not only what certainly does</label>
      </div>
    </details>
    </section>
  )
}

// Banner stands above all that is hypothetical.
export function Banner() {
  const seen = timeline.data.value?.view.branch
  const p = place.value
  if (!p.branch) return null
  const b = branches.data.value?.branches.find((x) => x.branch === p.branch)
  return (
    <div class="bar hypothetical" role="status">
      <strong><span aria-hidden="true">◇ </span>HYPOTHETICAL</strong> branch <code>{p.branch}</code>
      {(b || seen) && <> leaves {b?.parent ?? 'the record'} at <code>#{b?.fork ?? seen?.fork}</code>; by {b?.author ?? seen?.author}: <q>{b?.purpose ?? seen?.purpose}</q></>}
      <button type="button" onClick={() => go({ branch: '', step: '', sel: '' })}>Back to the record</button>
    </div>
  )
}
