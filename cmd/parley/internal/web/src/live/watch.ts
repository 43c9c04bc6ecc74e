// What the stream tells of branches while a page shows them. Each page that does so has
// a connection of its own, and only while it is in sight: a server follows ten branches
// for a connection, and a browser has six connections for a server.

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
      if (stream.readyState === EventSource.CLOSED) this.again = setTimeout(() => this.connect(), patience)
    }
    for (const kind of ['snapshot', 'reset', 'change']) stream.addEventListener(kind, (e) => this.take(kind, JSON.parse((e as MessageEvent<string>).data) as Message))
    stream.addEventListener('dropped', (e) => {
      const d = JSON.parse((e as MessageEvent<string>).data) as { branch: string; reason: string }
      this.wanted.delete(d.branch)
      if (this.wanted.size === 0) this.cut() // else the browser would ask for ever
      this.tell({ branch: d.branch, dropped: d.reason })
    })
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
