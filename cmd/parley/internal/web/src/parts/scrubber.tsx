// The scrubber: by event, and by two clocks.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { live } from '../keys'
import { playing, speed, speeds, stopAtCeasefire, togglePlay } from '../player'
import { changesOf } from '../changes'
import { actorNames, current, currentStep, days, steps, stepTo } from '../session'
import { go, leavesOut, place } from '../url'
import { actWords, count, when } from '../words'
import { Density } from './density'

export function Scrubber() {
  const all = steps.value
  const at = current.value
  const s = currentStep.value
  const none = all.length === 0
  const said = s ? `step ${at + 1} of ${all.length}, ${when(s.occurred).text}, ${actWords(s.act)} by ${actorNames(s.by)}` : 'no step'
  return (
    <section class="scrubber" aria-label="Time">
      <div class="by-event">
        <div class="buttons" role="group" aria-label="Steps">
          <Button label="First step" text="|◀" on={() => stepTo(0, 'jump')} off={none || at === 0} />
          <Button label="Step before" text="◀" on={() => stepTo(at - 1)} off={none || at <= 0} />
          <button type="button" class="play" onClick={togglePlay} disabled={all.length < 2} aria-pressed={playing.value}>{playing.value ? '❚❚ Pause' : '▶ Play'}</button>
          <Button label="Next step" text="▶" on={() => stepTo(at + 1)} off={none || at >= all.length - 1} />
          <Button label="Last step" text="▶|" on={() => stepTo(all.length - 1, 'jump')} off={none || at >= all.length - 1} />
        </div>
        <label class="speed"><span class="sr">Speed</span><select value={String(speed.value)} onChange={(e) => (speed.value = Number(e.currentTarget.value))}>{speeds.map((v) => <option key={v} value={String(v)}>{v} events/s</option>)}</select></label>
        <label class="check"><input type="checkbox" checked={stopAtCeasefire.value} onChange={(e) => (stopAtCeasefire.value = e.currentTarget.checked)} /> stop at ceasefire changes</label>
        <div class="track">
          <Density />
          <input id="step" type="range" min="0" max={Math.max(0, all.length - 1)} step="1" value={Math.max(0, at)} disabled={none} aria-label="Step" aria-valuetext={said} onInput={(e) => stepTo(Number(e.currentTarget.value))} />
        </div>
        <p class="where"><b>{none ? 'no step' : at < 0 ? 'a step outside this view' : `step ${at + 1} of ${all.length}`}</b>{s && <> {actWords(s.act)}, <span class={when(s.occurred).precise ? '' : 'vague'}>{when(s.occurred).text}</span></>}</p>
        <button type="button" class="to-live" onClick={live} disabled={!place.value.step && !leavesOut.value}>Return to live</button>
      </div>
      <div class="clocks">
        <Clock name="as-of" label="Happened by" about="what had happened by this day" choices={days.data.value?.happened ?? []} />
        <Clock name="known-by" label="Known by" about="what had been reported by this day: without hindsight" choices={days.data.value?.known ?? []} />
      </div>
      <Said text={said} />
    </section>
  )
}

function Button({ label, text, on, off }: { label: string; text: string; on: () => void; off: boolean }) {
  return <button type="button" aria-label={label} title={label} disabled={off} onClick={on}>{text}</button>
}

// Clock sets one of the two clocks: by the days that there are, or by what is written.
function Clock({ name, label, about, choices }: { name: 'as-of' | 'known-by'; label: string; about: string; choices: string[] }) {
  const value = place.value[name]
  const exact = choices.indexOf(value)
  const at = value === '' ? choices.length : exact >= 0 ? exact : choices.findIndex((d) => d > value.replace(/^@.*/, '9999'))
  const text = useSignal(value)
  useEffect(() => { text.value = value }, [value])
  const set = (to: string, how: 'jump' | 'glide') => go({ [name]: to, step: '' }, how)
  const shown = value === '' ? 'any time' : value
  return (
    <div class={`clock${value ? ' set' : ''}`} title={about}>
      <label for={`${name}-range`}>{label}</label>
      <input id={`${name}-range`} type="range" min="0" max={choices.length} step="1" value={at < 0 ? choices.length : at} disabled={choices.length === 0} aria-valuetext={shown} onInput={(e) => set(choices[Number(e.currentTarget.value)] ?? '', 'glide')} />
      <form onSubmit={(e) => { e.preventDefault(); set(text.value.trim(), 'jump') }}>
        <input type="text" aria-label={`${label}: date`} placeholder="any time" value={text.value} spellcheck={false} autocomplete="off" onInput={(e) => (text.value = e.currentTarget.value)} onBlur={() => { if (text.value.trim() !== value) set(text.value.trim(), 'jump') }} />
        <button type="button" disabled={!value} aria-label={`${label}: any time`} onClick={() => set('', 'jump')}>✕</button>
      </form>
    </div>
  )
}

// Said tells who cannot see where the replay is, but not each of many quick steps.
function Said({ text }: { text: string }) {
  const said = useSignal('')
  const changed = changesOf(currentStep.value?.event)?.length
  useEffect(() => {
    if (changed === undefined) return
    const soon = setTimeout(() => (said.value = `${text}. ${count(changed, 'change')}.`), 350)
    return () => clearTimeout(soon)
  }, [text, changed])
  return <p class="sr" aria-live="polite" id="said">{said.value}</p>
}
