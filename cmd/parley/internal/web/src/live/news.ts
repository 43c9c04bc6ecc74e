// What the stream tells of negotiations, for the worker and for pages without one.

import type { Standing, Told } from './stream'

// News is where the log of a negotiation or a branch stands, or how the connection does.
export type News =
  | { kind: 'position'; negotiation: string; position: number }
  | { kind: 'connection'; state: 'connecting' | 'open' | 'lost'; last: string }
  | { kind: 'branch'; told: Told }
  | { kind: 'branches'; state: Standing }

// Source is one connection for whoever wants news. Where it was cut off, it asks only for
// what has come since; once somebody wants more, all of it is told anew.
export class Source {
  private stream: EventSource | undefined
  private wanted = new Map<string, number>() // negotiation → position
  private last = ''
  private id = '' // of the last event that was taken in
  private patience: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly tell: (n: News) => void) {}

  // want follows one more negotiation from a position on.
  want(negotiation: string, position: number): void {
    const had = this.wanted.get(negotiation)
    if (had !== undefined && this.stream) {
      this.tell({ kind: 'position', negotiation, position: had })
      return
    }
    this.wanted.set(negotiation, position)
    this.connect()
  }

  // close ends the connection.
  close(): void {
    this.stream?.close()
    this.stream = undefined
    this.wanted.clear()
    this.id = '' // whoever wants news next may not have heard what was told up to it
    clearTimeout(this.patience)
  }

  private connect(): void {
    this.stream?.close()
    const query = new URLSearchParams()
    for (const n of this.wanted.keys()) query.append('watch', n)
    if (this.id) query.set('last-event-id', this.id)
    const stream = new EventSource('/v1/stream?' + query.toString())
    this.stream = stream
    this.tell({ kind: 'connection', state: 'connecting', last: this.last })
    stream.onopen = () => {
      clearTimeout(this.patience)
      this.heard()
    }
    stream.onerror = () => {
      this.tell({ kind: 'connection', state: 'lost', last: this.last })
      // A browser gives up for good when the server answers with an error.
      if (stream.readyState === EventSource.CLOSED) {
        clearTimeout(this.patience)
        this.patience = setTimeout(() => this.connect(), 5000)
      }
    }
    stream.addEventListener('change', (e) => {
      const c = JSON.parse((e as MessageEvent<string>).data) as { negotiation: string; position: number; last?: boolean }
      const at = Math.max(this.wanted.get(c.negotiation) ?? 0, c.position)
      this.wanted.set(c.negotiation, at)
      if (!c.last) return // what belongs together has not all come
      this.id = (e as MessageEvent<string>).lastEventId
      this.heard()
      for (const [negotiation, position] of this.wanted) this.tell({ kind: 'position', negotiation, position })
    })
    for (const name of ['snapshot', 'reset']) {
      stream.addEventListener(name, (e) => {
        const s = JSON.parse((e as MessageEvent<string>).data) as { negotiations: Record<string, number> }
        for (const [n, p] of Object.entries(s.negotiations)) if (this.wanted.has(n)) {
          this.wanted.set(n, p)
          this.tell({ kind: 'position', negotiation: n, position: p })
        }
        this.heard()
      })
    }
  }

  private heard(): void {
    this.last = new Date().toLocaleTimeString()
    this.tell({ kind: 'connection', state: 'open', last: this.last })
  }
}
