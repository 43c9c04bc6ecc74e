// A branch that is about to be opened: what the form holds, and what was refused of it.
import { computed, signal } from '@preact/signals'
import { pathOf, send } from '../api'
import { load, problemOf } from '../load'
import type { Answer, BranchLine, BranchPage, Fault, Happening, Problem, Summary } from '../types'
import { place } from '../url'
import { forkOf } from './fork'

const within = (path: string, query: Record<string, string | undefined>) => pathOf(`/negotiations/${encodeURIComponent(place.value.negotiation)}${path}`, query)

export const isOpen = signal(false)

const blank = { branch: '', parent: 'record', at: '', followParent: false, author: '', purpose: '' }
export const fields = signal(blank)
export const without = signal<string[]>([])
export const set = (changes: Partial<typeof blank>): void => { fields.value = { ...fields.value, ...changes } }

// What it can stand on, and what of that it can leave out.
const filling = computed(() => isOpen.value && place.value.page === 'branches')
const parent = computed(() => fields.value.parent)
export const parents = load<BranchPage>(() => (filling.value ? within('/branches', { limit: '1000' }) : null), 0)
const ofParent = computed(() => (parent.value === 'record' ? {} : { branch: parent.value }))
const standing = load<Summary>(() => (filling.value ? within('', ofParent.value) : null), 0)

// end is how far the parent reaches; empty while that is not known.
export const end = computed(() => {
  const seen = standing.data.value?.view
  if (!seen || (seen.branch?.name ?? 'record') !== parent.value) return ''
  return seen.branch?.position ?? String(seen.position)
})

// at is where it forks, as far as the field was left: who writes is not interrupted.
const at = signal('')
export const leaveAt = (): void => { at.value = fields.value.at }
const fork = computed(() => (end.value ? forkOf(at.value, end.value) : undefined))
// What it follows counts whole.
const cut = computed(() => (at.value.trim() && !fields.value.followParent && fork.value && 'position' in fork.value ? '#' + fork.value.position : undefined))
export const log = load<Answer<{ timeline: Happening[] }>>(() => (filling.value ? within('/state/timeline', { ...ofParent.value, 'recorded-by': cut.value }) : null), 0)
export const isCut = computed(() => cut.value !== undefined)

const refusal = signal<Problem | undefined>(undefined)
export type Field = keyof typeof blank | 'without'

// faultsOf are those of a field, in the order in which the server told them.
// Of a fork it is known before what they will be.
export const faultsOf = (field: Field): Fault[] => faults.value.get(field) ?? (field === 'at' ? early.value : [])
const early = computed<Fault[]>(() => (fork.value && 'reason' in fork.value && at.value === fields.value.at ? [{ problem: 'bad-value', read: at.value.trim(), ...fork.value }] : []))
const faults = computed(() => {
  const by = new Map<Field, Fault[]>()
  for (const f of refusal.value?.faults ?? asFaults(refusal.value)) {
    const field = f.pointer?.split('/')[1] as Field | undefined
    if (field && (field in blank || field === 'without')) by.set(field, [...(by.get(field) ?? []), f])
  }
  return by
})

// asFaults reads a problem that is about one field as a fault of that: a name that is
// taken, or a parent that is no more.
function asFaults(p: Problem | undefined): Fault[] {
  const field = p?.status === 409 ? 'branch' : p?.status === 404 && / has no branch /.test(p.detail) ? 'parent' : undefined
  return p && field ? [{ pointer: '/' + field, problem: p.type, reason: p.detail, ...(p.hint ? { hint: p.hint } : {}) }] : []
}

// elsewhere is what was refused for a reason that is of no field.
export const elsewhere = computed(() => {
  const placed = [...faults.value.values()].flat().length
  return refusal.value && (placed === 0 || placed < (refusal.value.faults?.length ?? 0)) ? refusal.value : undefined
})
export const refusedCount = computed(() => [...faults.value.values()].flat().length)

// submit opens it, and gives it as it was opened; undefined where it is refused.
export async function submit(): Promise<BranchLine | undefined> {
  const f = fields.value
  try {
    const b = await send<BranchLine>(within('/branches', {}), {
      branch: f.branch.trim(), parent: f.parent, author: f.author, purpose: f.purpose,
      ...(f.at.trim() ? { at: f.at.trim() } : {}),
      ...(f.followParent ? { followParent: true } : {}), ...(without.value.length > 0 ? { without: without.value } : {}),
    })
    discard()
    return b
  } catch (e) {
    refusal.value = problemOf(e)
    return undefined
  }
}

// discard forgets what was filled in; the author will be the same.
export function discard(): void {
  isOpen.value = false
  refusal.value = undefined
  fields.value = { ...blank, author: fields.value.author }
  at.value = ''
  without.value = []
}
