// News in the page: where the record stands, and what that means for what is shown.
import { computed, effect, signal } from '@preact/signals'
import { pathOf } from '../api'
import { load, refreshed } from '../load'
import { timeline } from '../session'
import type { Summary } from '../types'
import { isCut, place } from '../url'
import { Source, type News } from './news'

export const connection = signal<{ state: 'connecting' | 'open' | 'lost'; last: string }>({ state: 'connecting', last: '' })

// heads are how far the logs of negotiations have come, as far as the stream has told.
const heads = signal(new Map<string, number>())
const head = computed(() => heads.value.get(place.value.negotiation) ?? 0)

// following is false while the reader looks at something else than the end of the log.
export const following = signal(true)

// fresh tells whether there is more in the record than in what is shown.
const shown = computed(() => timeline.data.value?.view.position ?? 0)
export const fresh = computed(() => shown.value > 0 && !place.value['recorded-by'] && !place.value.branch && head.value > shown.value)

// Positions count the entries of all negotiations. How many are new in this one is asked.
const summaryOf = (query: Record<string, string>) => (fresh.value ? pathOf(`/negotiations/${encodeURIComponent(place.value.negotiation)}`, query) : null)
const before = load<Summary>(() => summaryOf({ 'recorded-by': '#' + shown.value }))
const now = load<Summary>(() => summaryOf({ 'min-position': String(head.value) }))

// freshCount is how many; 0 while that is not known.
export const freshCount = computed(() => (before.data.value && now.data.value ? now.data.value.entries - before.data.value.entries : 0))

// standing is the mode of the page.
export const standing = computed(() => {
  if (place.value.branch) return 'HYPOTHETICAL'
  if (connection.value.state === 'lost') return 'DISCONNECTED'
  if (isCut.value || place.value.step) return 'REPLAY'
  return fresh.value ? 'STALE' : 'LIVE'
})

const take = (n: News) => {
  if (n.kind === 'connection') connection.value = { state: n.state, last: n.last }
  else if (n.position > (heads.peek().get(n.negotiation) ?? 0)) heads.value = new Map(heads.peek()).set(n.negotiation, n.position)
}

let want: ((negotiation: string, position: number) => void) | undefined

// connect opens the connection, shared by all tabs where the browser can.
function connect(): (negotiation: string, position: number) => void {
  if (typeof SharedWorker === 'function') {
    const { port } = new SharedWorker('/assets/stream.js', { type: 'module', name: 'parley' })
    port.onmessage = (e: MessageEvent<News>) => take(e.data)
    addEventListener('pagehide', () => port.postMessage({ bye: true }))
    addEventListener('pageshow', (e) => { // it was kept by the browser, and comes back as it was
      const { negotiation } = place.value
      if (e.persisted && negotiation) port.postMessage({ want: negotiation, position: Math.max(head.value, shown.value) })
    })
    return (negotiation, position) => port.postMessage({ want: negotiation, position })
  }
  const source = new Source(take)
  return (negotiation, position) => source.want(negotiation, position)
}

// follow asks for news of the negotiation that is shown, from what is shown on.
effect(() => {
  const seen = timeline.data.value?.view
  if (!seen || seen.negotiation !== place.value.negotiation || place.value['recorded-by']) return
  want ??= connect()
  want(seen.negotiation, seen.position)
})

// At the live end new entries are shown as they come, unless the reader is busy.
effect(() => {
  if (head.value > shown.value && fresh.value && !isCut.value && !place.value.step && following.value) refreshed.value = refreshed.peek() + 1
})
