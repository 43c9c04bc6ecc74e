// One connection to the server for all tabs, and another for the branches that they go
// through: a browser has only six for a server.
import { Gathered, type Wanted } from './gathered'
import { Source, type News } from './news'

// Asked is what a tab wants: news of a negotiation from a position on; a branch to be
// followed in place of the one before, or none; or nothing any more.
export type Asked = { want: string; position: number } | { branch: Wanted | null } | { bye: true }

const ports = new Set<MessagePort>()
const tell = (n: News) => ports.forEach((p) => p.postMessage(n))
const source = new Source(tell)
const branches = new Gathered<MessagePort>((told) => tell({ kind: 'branch', told }), (state) => tell({ kind: 'branches', state }))

interface Shared { onconnect: ((e: MessageEvent) => void) | null }

;(globalThis as unknown as Shared).onconnect = (e) => {
  const port = e.ports[0]
  if (!port) return
  ports.add(port)
  port.onmessage = ({ data }: MessageEvent<Asked>) => {
    ports.add(port) // one that had gone may come back
    if ('want' in data) source.want(data.want, data.position)
    if ('branch' in data) branches.want(port, data.branch ?? undefined)
    if ('bye' in data) {
      ports.delete(port)
      branches.want(port, undefined)
      if (ports.size === 0) source.close()
    }
  }
}
