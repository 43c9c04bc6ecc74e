// What a branch leaves out, chosen from the log of what it stands on.
import { useSignal } from '@preact/signals'
import { Trouble } from '../parts/notes'
import { actorNames } from '../session'
import type { Happening } from '../types'
import { actWords, count, when } from '../words'
import { Faults } from './faults'
import { faultsOf, log, without } from './opening'

const most = 12 // happenings offered at once

export function LeaveOut() {
  const search = useSignal('')
  const all = log.data.value?.state.timeline ?? []
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
  const found = words.length > 0 ? all.filter((h) => matches(h, words)) : []
  const wrong = faultsOf('without')
  return (
    <fieldset class="field leave" data-field="without">
      <legend>Leaves out</legend>
      <div>
        {without.value.length === 0 ? <p class="faint">Nothing: all happenings stay, with all accounts of them.</p> : (
          <ul class="chosen">{without.value.map((key) => (
            <li key={key}><code>{key}</code> <span>{wordsOf(all.find((h) => h.event === key))}</span> <button type="button" class="plain" onClick={() => choose(key, false)}>keep it<span class="sr"> after all: {key}</span></button></li>
          ))}</ul>
        )}
        <label for="open-without">Search the log</label> <input id="open-without" type="text" value={search.value} autocomplete="off" placeholder="retracted, taliban, 28 oct …" {...(wrong.length > 0 ? { 'aria-invalid': true, 'aria-describedby': 'open-without-wrong' } as const : {})}
          onInput={(e) => (search.value = e.currentTarget.value)} onKeyDown={(e) => { if (e.key === 'Enter') e.preventDefault() }} />
        <Faults id="open-without-wrong" all={wrong} />
        {log.problem.value && <Trouble problem={log.problem.value} />}
        <p class="faint" role="status">{words.length > 0 && (found.length > most ? `${most} of ${found.length} happenings; write more to find fewer` : count(found.length, 'happening'))}</p>
        <ul class="offered">{found.slice(0, most).map((h) => (
          <li key={h.event}><label class="check"><input type="checkbox" checked={without.value.includes(h.event)} onChange={(e) => choose(h.event, e.currentTarget.checked)} /> <span>{wordsOf(h)} <code>{h.event}</code></span></label></li>
        ))}</ul>
      </div>
    </fieldset>
  )
}

function choose(key: string, on: boolean): void {
  without.value = on ? [...without.value, key] : without.value.filter((k) => k !== key)
}

const wordsOf = (h: Happening | undefined): string => (h ? `${actWords(h.act)}, ${actorNames(h.by)}, ${when(h.occurred).text}` : '')

// matches tells whether all words occur somewhere in what is shown of a happening.
function matches(h: Happening, words: string[]): boolean {
  const text = `${wordsOf(h)} ${h.event} ${h.quote ?? ''}`.toLowerCase()
  return words.every((w) => text.includes(w))
}
