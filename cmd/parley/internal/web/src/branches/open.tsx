// The form that opens a branch. The server tells all that is wrong at once, and each
// fault is shown at its field; of the fork alone it is told as soon as it is written.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Trouble } from '../parts/notes'
import { count } from '../words'
import { Faults } from './faults'
import { LeaveOut } from './leave'
import { done, relist } from './listing'
import { discard, elsewhere, end, faultsOf, fields, isCut, isOpen, leaveAt, log, parents, refusedCount, set, submit, type Field } from './opening'

export function OpenForm() {
  const box = useRef<HTMLFormElement>(null)
  useEffect(() => discard, []) // who goes away begins anew
  useEffect(() => { box.current?.querySelector('input')?.focus() }, [isOpen.value])
  if (!isOpen.value) return <p><button type="button" onClick={() => (isOpen.value = true)}>Open a branch …</button></p>
  const f = fields.value
  const opens = async (e: Event) => {
    e.preventDefault()
    const b = await submit()
    if (b) {
      done.value = { said: `Branch ${b.branch} is open.`, branch: b.branch }
      document.getElementById('branches-title')?.focus() // the form is no more
      await relist()
    } else (box.current?.querySelector('[aria-invalid=true]') as HTMLElement | null)?.focus()
  }
  const text = (name: 'branch' | 'author' | 'purpose') => (
    <input id={`open-${name}`} type="text" value={f[name]} autocomplete="off" spellcheck={name === 'purpose'} {...described(name)} onInput={(e) => set({ [name]: e.currentTarget.value })} />
  )
  return (
    <form class="panel open" ref={box} noValidate aria-labelledby="open-title" onSubmit={(e) => void opens(e)}>
      <h3 id="open-title">Open a branch <small>what is supposed there never reaches the record</small></h3>
      <div role="alert">
        {refusedCount.value > 0 && <p class="warn">The branch was not opened: {count(refusedCount.value, 'fault')}, each at its field.</p>}
      </div>
      {elsewhere.value && <Trouble problem={elsewhere.value} />}
      <Labelled name="branch" label="Name">{text('branch')}</Labelled>
      <Labelled name="author" label="Author">{text('author')}</Labelled>
      <Labelled name="purpose" label="Purpose">{text('purpose')}</Labelled>
      <Labelled name="parent" label="Stands on">
        <select id="open-parent" value={f.parent} {...described('parent')} onChange={(e) => set({ parent: e.currentTarget.value })}>
          <option value="record">the record</option>
          {parents.data.value?.branches.map((b) => <option key={b.branch} value={b.branch}>{b.branch}</option>)}
        </select>
      </Labelled>
      <Labelled name="at" label="Forks at">
        <input id="open-at" type="text" value={f.at} autocomplete="off" spellcheck={false} placeholder={end.value ? `its end, ${end.value}` : 'its end'} {...described('at', 'open-at-about')} onInput={(e) => set({ at: e.currentTarget.value })} onChange={leaveAt} />
        <p id="open-at-about" class="faint">A position of what it stands on. {f.followParent ? 'What comes there later counts all the same, for the branch follows it. ' : 'What comes there later does not count. '}{isCut.value && log.data.value && !log.behind.value && <span role="status">{count(log.data.value.state.timeline.length, 'happening')} up to there.</span>}</p>
      </Labelled>
      <Labelled name="followParent" label="Later">
        <label class="check"><input id="open-followParent" type="checkbox" checked={f.followParent} {...described('followParent')} onChange={(e) => set({ followParent: e.currentTarget.checked })} /> and follows it: what comes there after the fork counts here too</label>
      </Labelled>
      <LeaveOut />
      <p class="tools"><button type="submit">Open the branch</button> <button type="button" onClick={discard}>Cancel</button></p>
    </form>
  )
}

// described ties a field to what is wrong with it.
const described = (name: Field, about = '') => {
  const wrong = faultsOf(name).length > 0
  const by = [about, wrong ? `open-${name}-wrong` : ''].filter(Boolean).join(' ')
  return { ...(wrong ? { 'aria-invalid': true as const } : {}), ...(by ? { 'aria-describedby': by } : {}) }
}

function Labelled({ name, label, children }: { name: Field; label: string; children: ComponentChildren }) {
  return (
    <div class="field" data-field={name}>
      <label for={`open-${name}`}>{label}</label>
      <div>{children}<Faults id={`open-${name}-wrong`} all={faultsOf(name)} /></div>
    </div>
  )
}
