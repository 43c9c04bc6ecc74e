// What the record says where a branch is looked at: its state at the same step, and the
// values in which the two differ.
import { computed } from '@preact/signals'
import { load } from './load'
import { actorName, current, ofStep, orNone, stand, steps, timeline, within } from './session'
import type { Answer, Happening, Stand } from './types'
import { place, viewQuery, type Place } from './url'
import { valuesOf, type Value } from './values'

const ofRecord = (more: Record<string, string | undefined>): Record<string, string | undefined> => ({ ...viewQuery({ ...place.value, branch: '' }), ...more })

const line = load<Answer<{ timeline: Happening[] }>>(() => (place.value.branch ? within('/state/timeline', ofRecord({})) : null))
const recorded = computed(() => {
  const found = new Map<string, number>()
  line.data.value?.state.timeline.forEach((h, i) => { for (const event of [...h.accounts, ...(h.denials ?? []), h.event]) found.set(event, i) })
  return found
})

// recordedAt is where the record has a happening of the branch.
const recordedAt = (h: Happening): number | undefined => [h.event, ...h.accounts].map((e) => recorded.value.get(e)).find((x) => x !== undefined)

// At is the step at which the record is seen: its index, -1 for none; its event, none for
// the end; and how many happenings that both have are on one side only by then, because
// where dates are vague the two are gone through in different orders.
export interface At { index: number; of: number; event: string; off: number }

// at is the step of the record by which there happened most nearly what did on the
// branch; at the end of that, the end of the record.
export const at = computed<At | undefined>(() => {
  const all = line.data.value?.state.timeline
  if (!place.value.branch || !all || line.behind.value || timeline.behind.value || current.value < 0) return undefined
  if (!place.value.step) return { index: all.length - 1, of: all.length, event: '', off: 0 }
  const before = new Set<number>()
  const both = new Set<number>()
  steps.value.forEach((h, i) => {
    const there = recordedAt(h)
    if (there === undefined) return
    both.add(there)
    if (i <= current.value) before.add(there)
  })
  let off = before.size
  let best = { index: -1, off }
  for (let i = 0; i < all.length; i++) {
    off += before.has(i) ? -1 : both.has(i) ? 1 : 0
    if (off < best.off) best = { index: i, off }
  }
  return { ...best, of: all.length, event: all[best.index]?.event ?? '' }
})

export const beside = load<Answer<Stand>>(() => (at.value && at.value.index >= 0 ? within('/state', ofRecord({ projections: ofStep, step: orNone(at.value.event) })) : null))
export const besideProblem = computed(() => line.problem.value ?? beside.problem.value)

// Ghost is a value of which the record says something else; empty where it says nothing.
export interface Ghost extends Value { id: string }

// ghosts are those of the step that is shown; undefined until both sides are known.
export const ghosts = computed<Map<string, Ghost> | undefined>(() => {
  const here = stand.data.value
  const there = beside.data.value
  if (!at.value || !here || stand.behind.value || here.step !== orNone(place.value.step) || here.view.branch?.name !== place.value.branch) return undefined
  if (at.value.index >= 0 && (!there || beside.behind.value || there.step !== orNone(at.value.event))) return undefined
  const ours = valuesOf(here.state, actorName)
  const theirs = valuesOf(at.value.index >= 0 ? there?.state ?? {} : {}, actorName)
  const all = new Map<string, Ghost>()
  for (const [id, v] of theirs) if (ours.get(id)?.text !== v.text) all.set(id, { id, ...v })
  for (const [id, v] of ours) if (!theirs.has(id)) all.set(id, { id, text: '', path: v.path })
  return all
})

// The four questions ask for what stands elsewhere too, but for what is pending.
export const differing = computed(() => ghosts.value && [...ghosts.value.keys()].filter((id) => !/^questions\/(agreed|amendable|maySpeak)\//.test(id)).length)

export const ghostOf = (id: string): Ghost | undefined => ghosts.value?.get(id)
export const ghostsBelow = (id: string): Ghost[] => [...ghosts.value?.values() ?? []].filter((g) => g.id.startsWith(id + '/'))

// onlyRecorded lists the things below a path that the record has and the branch not.
export function onlyRecorded(below: string, here: readonly string[]): string[] {
  const names = ghostsBelow(below).filter((g) => g.text).map((g) => g.id.slice(below.length + 1).split('/')[0] ?? '')
  return [...new Set(names)].filter((n) => !here.includes(n))
}

// inRecord is the place where the record is gone through at that step.
export const inRecord = (sel: string): Partial<Place> => ({ branch: '', step: at.value?.event ?? '', sel })
