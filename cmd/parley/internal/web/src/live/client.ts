// News in the page: where the record stands, and what that means for what is shown.
import { computed, effect, signal } from '@preact/signals'
import { pathOf } from '../api'
import { beside } from '../beside'
import { load, refreshed } from '../load'
import { timeline } from '../session'
import type { Summary } from '../types'
import { isCut, leavesOut, place } from '../url'
import { branchAhead, branchSeen, branchStanding, dropped } from './branch'
import type { News } from './news'
import { askFor, hear } from './shared'

export const connection = signal<{ state: 'connecting' | 'open' | 'lost'; last: string }>({ state: 'connecting', last: '' })

// heads are how far the logs of negotiations have come, as far as the stream has told.
const heads = signal(new Map<string, number>())
const head = computed(() => heads.value.get(place.value.negotiation) ?? 0)

// following is false while the reader looks at something else than the end of the log.
export const following = signal(true)

// ahead is how far the record, or the branch that is shown, has come, if that is more
// than is shown; else it is empty.
const shown = computed(() => timeline.data.value?.view.position ?? 0)
const ahead = computed(() => {
  if (place.value.branch) return branchAhead.value || recordAhead.value
  return shown.value > 0 && !place.value['recorded-by'] && head.value > shown.value ? String(head.value) : ''
})

// recordAhead is how far the record has come that is seen beside a branch, if that is
// more than is seen of it.
const besideSeen = computed(() => (place.value.branch ? beside.data.value?.view.position ?? 0 : 0))
export const recordAhead = computed(() => (besideSeen.value > 0 && !dropped.value && !place.value['recorded-by'] && head.value > besideSeen.value ? String(head.value) : ''))
export const fresh = computed(() => ahead.value !== '')

// Positions count the entries of all negotiations. How many are new in this one is asked;
// of a branch each time anew, for what is asked is the same. Of a record that is seen
// beside a branch it is enough that there are some.
const summaryOf = (query: Record<string, string>) => (fresh.value && (branchAhead.value || !place.value.branch) ? pathOf(`/negotiations/${encodeURIComponent(place.value.negotiation)}`, place.value.branch ? { ...query, branch: place.value.branch } : query) : null)
const before = load<Summary>(() => summaryOf({ 'recorded-by': '#' + (branchSeen.value || shown.value) }))
const now = load<Summary>(() => summaryOf(ahead.value && !place.value.branch ? { 'min-position': ahead.value } : {}), 0)

// freshCount is how many; 0 while that is not known.
export const freshCount = computed(() => (before.data.value && now.data.value ? now.data.value.entries - before.data.value.entries : 0))

// cutOff tells whether news cannot come.
export const cutOff = computed(() => (place.value.branch ? branchStanding.value === 'lost' : connection.value.state === 'lost'))

// standing is the mode of the page.
export const standing = computed(() => {
  if (place.value.branch) return 'HYPOTHETICAL'
  if (cutOff.value) return 'DISCONNECTED'
  if (isCut.value || place.value.step) return 'REPLAY'
  return fresh.value ? 'STALE' : 'LIVE'
})

const take = (n: News) => {
  if (n.kind === 'connection') connection.value = { state: n.state, last: n.last }
  else if (n.kind === 'position' && n.position > (heads.peek().get(n.negotiation) ?? 0)) heads.value = new Map(heads.peek()).set(n.negotiation, n.position)
}

hear(take)

addEventListener('pageshow', (e) => { // it was kept by the browser, and comes back as it was
  const { negotiation } = place.value
  if (e.persisted && negotiation) askFor({ want: negotiation, position: Math.max(head.value, shown.value) })
})

// follow asks for news of the negotiation that is shown, from what is shown on.
effect(() => {
  const seen = place.value.branch ? beside.data.value?.view : timeline.data.value?.view
  if (!seen || seen.negotiation !== place.value.negotiation || place.value['recorded-by']) return
  askFor({ want: seen.negotiation, position: seen.position })
})

// At the live end new entries are shown as they come, unless the reader is busy.
effect(() => {
  if (ahead.value && !leavesOut.value && !place.value.step && following.value) refreshed.value = refreshed.peek() + 1
})
