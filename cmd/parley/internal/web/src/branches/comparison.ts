// Two branches side by side, or a branch and the record: what is loaded of them.
import { computed, effect, signal } from '@preact/signals'
import { pathOf } from '../api'
import { load } from '../load'
import { isBeyond, Watch, type Standing } from '../live/watch'
import type { Answer, BranchPage, Diff, Happening } from '../types'
import { place, viewQuery } from '../url'

const of = (path: string, query: Record<string, string | undefined>): string | null => (place.value.page === 'branches' && place.value.compare
  ? pathOf(`/negotiations/${encodeURIComponent(place.value.negotiation)}${path}`, { ...viewQuery(place.value), ...query })
  : null)

export const diff = load<Diff>(() => of(`/branches/${encodeURIComponent(place.value.compare)}/compare`, { other: place.value.other || undefined }))

// candidates are what the branch can be compared with, besides the record.
export const candidates = load<BranchPage>(() => (place.value.page === 'branches' && place.value.compare
  ? pathOf(`/negotiations/${encodeURIComponent(place.value.negotiation)}/branches`, { limit: '1000' })
  : null), 0)

// A side is what is compared: from is the record or another branch, to is the branch.
export type Side = 'from' | 'to'
export const nameOf = (side: Side): string => (side === 'to' ? place.value.compare : place.value.other)
export const titleOf = (side: Side): string => nameOf(side) || 'the record'

type Timeline = Answer<{ timeline: Happening[] }>
const timelines = {
  from: load<Timeline>(() => of('/state/timeline', { branch: place.value.other || undefined })),
  to: load<Timeline>(() => of('/state/timeline', { branch: place.value.compare })),
}

export interface StepOf { step: number; of: number; happening: Happening }

// steps finds the step of an event, also by another account of the same happening.
const steps = computed(() => {
  const index = (side: Side) => {
    const all = timelines[side].data.value?.state.timeline ?? []
    const found = new Map<string, StepOf>()
    all.forEach((happening, i) => {
      for (const event of [...happening.accounts, ...(happening.denials ?? []), happening.event]) found.set(event, { step: i + 1, of: all.length, happening })
    })
    return found
  }
  return { from: index('from'), to: index('to') }
})
export const stepOf = (side: Side, event: string | undefined): StepOf | undefined => (event ? steps.value[side].get(event) : undefined)
export const lengthOf = (side: Side): number | undefined => timelines[side].data.value?.state.timeline.length

// sideOf is the side on which an event can be looked at; the branch, where both have it.
export function sideOf(event: string): Side {
  return diff.data.value?.events.find((e) => e.event === event)?.in === 'from' ? 'from' : 'to'
}

// What is shown stays; what has come since is told.
export const standing = signal<Standing>('connecting')
export const dropped = signal(new Map<string, string>()) // reasons by name
const heads = signal(new Map<string, string>()) // positions by name
export const ahead = computed<Side[]>(() => (['from', 'to'] as const).filter((side) => {
  const seen = diff.data.value?.[side]
  const head = heads.value.get(nameOf(side))
  return !place.value['recorded-by'] && seen && head && isBeyond(head, seen.branch?.position ?? String(seen.position))
}))

let watch: Watch | undefined
let watched = ''
effect(() => {
  const { page, negotiation, compare, other } = place.value
  const now = page === 'branches' && compare ? [negotiation, compare, other].join(' ') : ''
  if (now === watched) return
  watched = now
  watch?.close()
  watch = undefined
  heads.value = new Map()
  dropped.value = new Map()
  if (!now) return
  watch = new Watch(negotiation, [...new Set([compare, other])], '', (t) => {
    if ('dropped' in t) dropped.value = new Map(dropped.peek()).set(t.branch, t.dropped)
    else heads.value = new Map(heads.peek()).set(t.branch, t.position)
  }, (s) => (standing.value = s))
})
