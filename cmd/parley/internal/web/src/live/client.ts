// News in the page: where the record stands, and what that means for what is shown.
import { computed, effect, signal } from '@preact/signals'
import { refreshed } from '../load'
import { timeline } from '../session'
import { isCut, place } from '../url'
import { Source, type News } from './news'

export const connection = signal<{ state: 'connecting' | 'open' | 'lost'; last: string }>({ state: 'connecting', last: '' })

// head is how far the log of the negotiation has come, as far as the stream has told.
export const head = signal(0)

// following is false while the reader looks at something else than the end of the log.
export const following = signal(true)

// fresh counts the entries that are in the record and not in what is shown.
export const fresh = computed(() => {
  const shown = timeline.data.value?.view.position ?? 0
  return shown === 0 || place.value['recorded-by'] || place.value.branch ? 0 : Math.max(0, head.value - shown)
})

// standing is the mode of the page.
export const standing = computed(() => {
  if (place.value.branch) return 'HYPOTHETICAL'
  if (connection.value.state === 'lost') return 'DISCONNECTED'
  if (isCut.value || place.value.step) return 'REPLAY'
  return fresh.value > 0 ? 'STALE' : 'LIVE'
})

const take = (n: News) => {
  if (n.kind === 'connection') connection.value = { state: n.state, last: n.last }
  else if (n.negotiation === place.value.negotiation) head.value = Math.max(head.value, n.position)
}

let want: ((negotiation: string, position: number) => void) | undefined

// connect opens the connection, shared by all tabs where the browser can.
function connect(): (negotiation: string, position: number) => void {
  if (typeof SharedWorker === 'function') {
    const { port } = new SharedWorker('/assets/stream.js', { type: 'module', name: 'parley' })
    port.onmessage = (e: MessageEvent<News>) => take(e.data)
    addEventListener('pagehide', () => port.postMessage({ bye: true }))
    return (negotiation, position) => port.postMessage({ want: negotiation, position })
  }
  const source = new Source(take)
  return (negotiation, position) => source.want(negotiation, position)
}

// follow asks for news of the negotiation that is shown, from what is shown on.
effect(() => {
  const shown = timeline.data.value?.view
  if (!shown || shown.negotiation !== place.value.negotiation || place.value['recorded-by']) return
  want ??= connect()
  want(shown.negotiation, shown.position)
})

// At the live end new entries are shown as they come, unless the reader is busy.
effect(() => {
  if (fresh.value > 0 && !isCut.value && !place.value.step && following.value) refreshed.value = refreshed.peek() + 1
})
