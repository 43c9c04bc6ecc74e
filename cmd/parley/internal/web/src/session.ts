// The negotiation that is looked at: what of it is loaded, and which step is shown.
import { computed } from '@preact/signals'
import { pathOf } from './api'
import { load } from './load'
import type { Answer, BranchLine, Days, Happening, Lens, Registry, Stand, Why } from './types'
import { go, place, viewQuery, type View } from './url'
import { camelWords } from './words'

// The projections that the state of a step is made of.
export const ofStep = 'questions,rounds,drafts,positions,mandates,ceasefires'

export const within = (path: string, query: Record<string, string | undefined>): string | null =>
  place.value.page === 'negotiation' ? pathOf(`/negotiations/${encodeURIComponent(place.value.negotiation)}${path}`, query) : null

// uncut is the view without its two clocks: what there is to choose from.
const uncut = (): Record<string, string> => {
  const { 'as-of': _a, 'known-by': _k, possibly: _p, ...rest } = viewQuery(place.value)
  return rest
}

const registered = (): Record<string, string> => {
  const { lens: _l, ...rest } = uncut()
  return rest
}

export const orNone = (text: string): string | undefined => text || undefined

// Names are read on every page of a negotiation, the rest only where it is gone through.
export const registry = load<Registry>(() => place.value.negotiation ? pathOf(`/negotiations/${encodeURIComponent(place.value.negotiation)}/registry`, registered()) : null)
export const timeline = load<Answer<{ timeline: Happening[] }>>(() => within('/state/timeline', viewQuery(place.value)))
export const days = load<Days>(() => within('/days', uncut()))
export const stand = load<Answer<Stand>>(() => within('/state', { ...viewQuery(place.value), projections: ofStep, step: orNone(place.value.step) }))
export const lenses = load<{ lenses: Lens[] | null }>(() => within('/lenses', registered()))
export const branches = load<{ branches: BranchLine[] }>(() => within('/branches', {}))

// steps of the replay, and which of them is shown.
export const steps = computed<Happening[]>(() => timeline.data.value?.state.timeline ?? [])
export const happenings = computed(() => new Map(steps.value.map((h) => [h.event, h])))
export const current = computed<number>(() => {
  const { step } = place.value
  if (!step) return steps.value.length - 1
  return steps.value.findIndex((h) => h.event === step || h.accounts.includes(step) || h.denials?.includes(step))
})
export const currentStep = computed<Happening | undefined>(() => steps.value[current.value])

// The path that is explained: what was chosen, else the event of the step.
export const explained = computed(() => place.value.sel || (currentStep.value?.event ? `timeline/${currentStep.value.event}` : ''))
export const why = load<Why>(() => explained.value
  ? within('/why', { ...viewQuery(place.value), path: explained.value, step: orNone(place.value.step) })
  : null)

// stepTo shows a step by its place; the last one is shown by naming none, so that it
// stays the last when more comes.
export function stepTo(index: number, how: 'jump' | 'glide' = 'glide', sel = place.value.sel): void {
  const all = steps.value
  if (all.length === 0) return
  const at = Math.max(0, Math.min(index, all.length - 1))
  go({ step: at === all.length - 1 ? '' : all[at]?.event ?? '', sel: sel.startsWith('timeline/') ? '' : sel }, how)
}

// roundFrom is where the next or previous step of another round is.
export function roundFrom(index: number, direction: 1 | -1): number {
  const roundOf = (i: number) => steps.value[i]?.round ?? ''
  const here = roundOf(index)
  let i = index + direction
  while (i > 0 && i < steps.value.length - 1 && roundOf(i) === here) i += direction
  return i
}

// names of ids, as registered.
const named = computed(() => {
  const r = registry.data.value
  return {
    actors: new Map(r?.actors.map((a) => [a.actor, a.name])),
    kinds: new Map(r?.actors.map((a) => [a.actor, a.kind])),
    issues: new Map(r?.issues.map((i) => [i.issue, i.title])),
    ceasefires: new Map(r?.ceasefires.map((c) => [c.ceasefire, c.title])),
  }
})
export const actorName = (id: string): string => named.value.actors.get(id) ?? id
export const actorNames = (ids: string[] | undefined): string => (ids ?? []).map(actorName).join(', ') || 'nobody named'
export const isParty = (id: string): boolean => named.value.kinds.get(id) === 'party'
export const issueTitle = (id: string): string => (id === 'any' ? 'any issue' : named.value.issues.get(id) ?? id)
export const ceasefireTitle = (id: string): string => named.value.ceasefires.get(id) ?? id
export const roundName = (id: string): string => id.replaceAll('-', ' ')

// pathWords reads a path for people.
export function pathWords(path: string): string {
  const [projection = '', a = '', b = '', ...rest] = path.split('/')
  const words = (xs: string[]) => xs.map(camelWords)
  switch (projection) {
    case 'positions':
    case 'assurances':
      return [actorName(a), issueTitle(b), ...words(rest)].filter(Boolean).join(' · ')
    case 'mandates':
      return [actorName(a), 'mandate', ...words([b, ...rest])].filter(Boolean).join(' · ')
    case 'ceasefires':
      return [ceasefireTitle(a), ...words([b, ...rest])].filter(Boolean).join(' · ')
    case 'drafts':
      return [a.replaceAll('-', ' '), b === 'versions' ? `version ${rest.shift() ?? ''}` : b, ...rest.map((x) => (named.value.actors.has(x) ? actorName(x) : camelWords(x)))].filter((x) => x && x !== 'parties').join(' · ')
    case 'rounds':
      return [roundName(a), ...[b, ...rest].map((x) => (named.value.actors.has(x) ? actorName(x) : camelWords(x)))].filter(Boolean).join(' · ')
    case 'questions':
      return [camelWords(a), actorName(b), ...words(rest)].filter(Boolean).join(' · ')
    case 'timeline':
      return a
    default:
      return path
  }
}

// viewWords says what a view leaves out, in a sentence each.
export function viewWords(v: View): string[] {
  const out: string[] = []
  if (v.branch) out.push(`supposed on branch ${v.branch}`)
  if (v['as-of']) out.push(`happened by ${v['as-of']}`)
  if (v['known-by']) out.push(`known by ${v['known-by']}`)
  if (v['recorded-by']) out.push(`recorded by ${v['recorded-by']}`)
  if (v.possibly) out.push('possibly, not only certainly')
  if (v.lens) out.push(`believing ${v.lens}`)
  return out
}
