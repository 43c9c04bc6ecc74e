// What the stream tells of branches while a page lists or compares them. Such a page has
// a connection of its own, and only while it is in sight: a server follows ten branches
// for a connection, and a browser has six connections for a server.
import { Stream, type Standing, type Told } from './stream'

export { watchedMost, type Standing, type Told } from './stream'

// Watch follows branches of a negotiation, at most watchedMost of them.
export class Watch {
  private stream: Stream | undefined
  private readonly wanted: Set<string>

  // part is what of each is followed, such as coverage; all of it if empty. The record
  // has no name.
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

  private cut(): void {
    this.stream?.close()
    this.stream = undefined
  }

  private readonly seen = (): void => {
    if (document.visibilityState === 'hidden') return this.cut()
    this.stream ??= new Stream([...this.wanted].map((branch) => ({ negotiation: this.negotiation, branch, part: this.part })), (t) => {
      if ('dropped' in t) this.wanted.delete(t.branch)
      this.tell(t)
    }, this.stand)
  }
}

// isBeyond tells whether a position is further on than another in any log that it
// names: record:43;b1:7 stands for two.
export function isBeyond(a: string, b: string): boolean {
  const had = new Map(logsOf(b))
  return logsOf(a).some(([log, at]) => at > (had.get(log) ?? 0))
}

// logsOf are the logs that a position names, with how far it has come in each; a number
// alone is one of the record.
export const logsOf = (position: string): [string, number][] => position.split(';').map((p) => {
  const cut = p.lastIndexOf(':')
  return [cut < 0 ? 'record' : p.slice(0, cut), Number(p.slice(cut + 1))]
})
