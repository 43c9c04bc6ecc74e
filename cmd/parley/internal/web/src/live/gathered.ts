// The branches whose replays are shown, by whichever tab, on as few streams as can be.
import { Stream, watchedMost, type Standing, type Told } from './stream'

// Wanted is a branch that somebody looks at.
export interface Wanted { negotiation: string; branch: string }

const keyOf = (w: Wanted): string => w.negotiation + '?' + w.branch

// Gathered follows what those who look at it want.
export class Gathered<Reader> {
  private readonly readers = new Map<Reader, Wanted>()
  private readonly known = new Map<string, Told>() // of what is followed
  private followed = new Set<string>()
  private streams: Stream[] = []
  private standing: Standing = 'connecting'

  constructor(private readonly tell: (t: Told) => void, private readonly stand: (s: Standing) => void) {}

  // want says what a reader looks at now; nothing, if he looks at no branch.
  want(reader: Reader, wanted: Wanted | undefined): void {
    if (wanted) this.readers.set(reader, wanted)
    else this.readers.delete(reader)
    if (this.readers.size === 0) return this.close()
    if (!wanted) return // what nobody wants any more is left out when more is wanted
    if (!this.followed.has(keyOf(wanted))) return this.connect()
    this.stand(this.standing)
    const known = this.known.get(keyOf(wanted))
    if (known) this.tell(known)
  }

  private close(): void {
    for (const s of this.streams) s.close()
    this.streams = []
    this.followed.clear()
    this.known.clear()
  }

  private connect(): void {
    this.close()
    const all = new Map([...this.readers.values()].map((w) => [keyOf(w), { ...w, part: '' }]))
    this.followed = new Set(all.keys())
    const topics = [...all.values()]
    for (let i = 0; i < topics.length; i += watchedMost) this.streams.push(new Stream(topics.slice(i, i + watchedMost), this.take, this.stood))
  }

  private readonly take = (t: Told): void => {
    this.known.set(keyOf(t), t)
    this.tell(t)
  }

  private readonly stood = (s: Standing): void => {
    this.standing = s
    this.stand(s)
  }
}
