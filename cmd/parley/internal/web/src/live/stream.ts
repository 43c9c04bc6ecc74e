// One stream of the server that tells of branches, and of the record beside them.
import { ask, pathOf } from '../api'
import { problemOf } from '../load'

// Topic is what of a negotiation is followed: a branch, or the record, which has no
// name; part is a projection of it, such as coverage, or all of it if empty.
export interface Topic { negotiation: string; branch: string; part: string }

// Told is that a branch has come to a position, or was dropped.
export type Told = { negotiation: string; branch: string } & ({ position: string } | { dropped: string })
export type Standing = 'connecting' | 'open' | 'lost'

export const watchedMost = 10 // branches of one stream

const patience = 5000 // ms before it is asked again where the browser has given up

interface Message { negotiation?: string; negotiations?: Record<string, number>; position?: number; last?: boolean; branch?: { name: string; position: string } }

const keyOf = (negotiation: string, branch: string): string => negotiation + '?' + branch

// Stream follows topics, at most watchedMost of them, until it is closed or all of them
// were dropped.
export class Stream {
  private source: EventSource | undefined
  private again: ReturnType<typeof setTimeout> | undefined
  private readonly wanted: Map<string, Topic>

  constructor(topics: Topic[], private readonly tell: (t: Told) => void, private readonly stand: (s: Standing) => void) {
    this.wanted = new Map(topics.map((t) => [keyOf(t.negotiation, t.branch), t]))
    this.connect()
  }

  close(): void {
    clearTimeout(this.again)
    this.source?.close()
    this.source = undefined
  }

  private connect(): void {
    this.close()
    if (this.wanted.size === 0) return
    const query = new URLSearchParams()
    for (const { negotiation, branch, part } of this.wanted.values()) query.append('watch', negotiation + (part && '/' + part) + (branch && '?branch=' + branch))
    const source = new EventSource('/v1/stream?' + query.toString())
    this.source = source
    this.stand('connecting')
    source.onopen = () => this.stand('open')
    source.onerror = () => {
      this.stand('lost')
      if (source.readyState !== EventSource.CLOSED) return
      this.again = setTimeout(() => this.connect(), patience)
      void this.missed()
    }
    for (const kind of ['snapshot', 'reset', 'change']) source.addEventListener(kind, (e) => this.take(kind, JSON.parse((e as MessageEvent<string>).data) as Message))
    source.addEventListener('dropped', (e) => {
      const d = JSON.parse((e as MessageEvent<string>).data) as { negotiation: string; branch: string; reason: string }
      this.lose(d.negotiation, d.branch, d.reason)
    })
  }

  private lose(negotiation: string, branch: string, reason: string): void {
    if (!this.wanted.delete(keyOf(negotiation, branch))) return
    if (this.wanted.size === 0) this.close() // else the browser would ask for ever
    this.tell({ negotiation, branch, dropped: reason })
  }

  // missed asks whether the server has refused the stream because a branch was dropped
  // while nothing was heard: a browser does not say why.
  private async missed(): Promise<void> {
    for (const { negotiation, branch } of [...this.wanted.values()]) {
      if (!branch) continue
      try {
        await ask(pathOf(`/negotiations/${encodeURIComponent(negotiation)}/branches/${branch}`))
      } catch (e) { // anything else is tried again, and that nothing is heard is said
        const { status, detail } = problemOf(e)
        if (status === 404) this.lose(negotiation, branch, detail.replace(/^read branch [^:]*: /, ''))
      }
    }
  }

  private take(kind: string, m: Message): void {
    if (kind === 'change' && !m.last) return // what belongs together has not all come
    const all = kind === 'change' ? { [m.negotiation ?? '']: m.position ?? 0 } : m.negotiations ?? {}
    for (const [negotiation, position] of Object.entries(all)) {
      if (m.branch) this.tell({ negotiation, branch: m.branch.name, position: m.branch.position })
      else this.tell({ negotiation, branch: '', position: String(position) })
    }
  }
}
