// Dropping a branch: why, and whether that is really meant.
import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { pathOf, send } from '../api'
import { problemOf } from '../load'
import { Trouble } from '../parts/notes'
import type { BranchLine, Problem } from '../types'
import { place } from '../url'
import { count } from '../words'
import { done, gone } from './listing'
import { Faults } from './faults'

// dropping is what is about to be dropped.
export const dropping = signal<BranchLine | undefined>(undefined)

const reason = signal('')
const sure = signal(false) // whether it is asked once more
const problem = signal<Problem | undefined>(undefined)

function end(): void {
  dropping.value = undefined
  reason.value = ''
  sure.value = false
  problem.value = undefined
}

async function drop(b: BranchLine): Promise<void> {
  try {
    const why = reason.value.trim()
    const path = `/negotiations/${encodeURIComponent(place.value.negotiation)}/branches/${encodeURIComponent(b.branch)}`
    const was = await send<BranchLine>(pathOf(path, { reason: why || undefined }), undefined, 'DELETE')
    gone(was)
    done.value = { said: `Branch ${b.branch} is dropped.` }
    end()
    document.getElementById('branches-title')?.focus() // what was pressed is no more
  } catch (e) {
    problem.value = problemOf(e)
    sure.value = false
  }
}

export function Drop() {
  const box = useRef<HTMLDialogElement>(null)
  const b = dropping.value
  useEffect(() => {
    if (b) box.current?.showModal()
    else box.current?.close()
  }, [b])
  useEffect(() => end, [])
  useEffect(() => { // what is asked is read with what answers it
    if (sure.value) document.getElementById('drop-no')?.focus()
  }, [sure.value])
  const faults = problem.value?.faults?.filter((f) => f.parameter === 'reason') ?? []
  return (
    <dialog ref={box} class="help drop" aria-labelledby="drop-title" onClose={end}>
      {b && !sure.value && (
        <form noValidate onSubmit={(e) => { e.preventDefault(); problem.value = undefined; sure.value = true }}>
          <h2 id="drop-title">Drop branch <code>{b.branch}</code></h2>
          {problem.value && faults.length === 0 && <Trouble problem={problem.value} />}
          <label for="drop-reason">Why? It is kept with the name</label>
          <input id="drop-reason" type="text" value={reason.value} autocomplete="off" {...(faults.length > 0 ? { 'aria-invalid': true, 'aria-describedby': 'drop-wrong' } as const : {})} onInput={(e) => (reason.value = e.currentTarget.value)} />
          <Faults id="drop-wrong" all={faults} />
          <p class="tools"><button type="submit">Drop …</button> <button type="button" onClick={end}>Cancel</button></p>
        </form>
      )}
      {b && sure.value && (
        <div>
          <h2 id="drop-title">Drop branch <code>{b.branch}</code> for good?</h2>
          <p>{b.events > 0 ? `Its ${count(b.events, 'event')} cannot be had back. ` : ''}The name stays taken. {reason.value.trim() ? <>Reason: <q>{reason.value.trim()}</q></> : 'No reason is given.'}</p>
          <p class="tools"><button type="button" onClick={() => void drop(b)}>Yes, drop it</button> <button type="button" id="drop-no" onClick={() => (sure.value = false)}>No</button></p>
        </div>
      )}
    </dialog>
  )
}
