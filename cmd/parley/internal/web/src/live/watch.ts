// What the stream tells of branches while a page shows them. Each page that does so has
// a connection of its own, and only while it is in sight: a server follows ten branches
// for a connection, and a browser has six connections for a server.
import { ask, pathOf } from '../api'
import { problemOf } from '../load'

// Told is that a branch has come to a position, or was dropped. The record has no name.
export type Told = { branch: string; position: string } | { branch: string; dropped: string }
export type Standing = 'connecting' | 'open' | 'lost'

export const watchedMost = 10 // branches of one connection

const patience = 5000 // ms before the page asks again where the browser has given up

interface Message { negotiations?: Record<string, number>; position?: number; last?: boolean; branch?: { name: string; position: string } }

// Watch follows branches of a negotiation, at most watchedMost of them.
export class Watch {
  private stream: EventSource | undefined
  private again: ReturnType<typeof setTimeout> | undefined
  private readonly wanted: Set<string>

  // part is what of each is followed, such as coverage; all of it if empty.
  constructor(
    private readonly negotiation: string, names: string[], private readonly part: string,
    private readonly tell: (t: Told) => void, private readonly stand: (s: Standing) => void,
  ) {
    this.wanted = new Set(names)
    document.addEventListener('visibilitychange', this.seen)
    this.seen()
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.seen)
    this.cut()
  }

  private readonly seen = (): void => {
    if (document.visibilityState === 'hidden') this.cut()
    else if (!this.stream) this.connect()
  }

  private cut(): void {
    clearTimeout(this.again)
    this.stream?.close()
    this.stream = undefined
  }

  private connect(): void {
    this.cut()
    if (this.wanted.size === 0) return
    const query = new URLSearchParams()
    for (const name of this.wanted) query.append('watch', this.negotiation + (this.part && '/' + this.part) + (name && '?branch=' + name))
    const stream = new EventSource('/v1/stream?' + query.toString())
    this.stream = stream
    this.stand('connecting')
    stream.onopen = () => this.stand('open')
    stream.onerror = () => {
      this.stand('lost')
      if (stream.readyState !== EventSource.CLOSED) return
      this.again = setTimeout(() => this.connect(), patience)
      void this.missed()
    }
    for (const kind of ['snapshot', 'reset', 'change']) stream.addEventListener(kind, (e) => this.take(kind, JSON.parse((e as MessageEvent<string>).data) as Message))
    stream.addEventListener('dropped', (e) => {
      const d = JSON.parse((e as MessageEvent<string>).data) as { branch: string; reason: string }
      this.lose(d.branch, d.reason)
    })
  }

  private lose(branch: string, reason: string): void {
    this.wanted.delete(branch)
    if (this.wanted.size === 0) this.cut() // else the browser would ask for ever
    this.tell({ branch, dropped: reason })
  }

  // missed asks whether the server has refused the stream because a branch was dropped
  // while nothing was heard: a browser does not say why.
  private async missed(): Promise<void> {
    for (const branch of [...this.wanted].filter(Boolean)) {
      try {
        await ask(pathOf(`/negotiations/${encodeURIComponent(this.negotiation)}/branches/${branch}`))
      } catch (e) { // anything else is tried again, and that nothing is heard is said
        const { status, detail } = problemOf(e)
        if (status === 404 && this.wanted.has(branch)) this.lose(branch, detail.replace(/^read branch [^:]*: /, ''))
      }
    }
  }

  private take(kind: string, m: Message): void {
    if (kind === 'change' && !m.last) return // what belongs together has not all come
    if (m.branch) this.tell({ branch: m.branch.name, position: m.branch.position })
    else this.tell({ branch: '', position: String(kind === 'change' ? m.position : m.negotiations?.[this.negotiation] ?? 0) })
  }
}

// isBeyond tells whether a position is further on than another in any log that it
// names: record:43;b1:7 stands for two.
export function isBeyond(a: string, b: string): boolean {
  const had = new Map(parts(b))
  return parts(a).some(([log, at]) => at > (had.get(log) ?? 0))
}

const parts = (position: string): [string, number][] => position.split(';').map((p) => {
  const cut = p.lastIndexOf(':')
  return [cut < 0 ? 'record' : p.slice(0, cut), Number(p.slice(cut + 1))]
})
