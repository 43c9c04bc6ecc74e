// One connection to the server for all tabs: a browser has only six for a server.
import { Source, type News } from './news'

const ports = new Set<MessagePort>()
const source = new Source((n: News) => ports.forEach((p) => p.postMessage(n)))

interface Shared { onconnect: ((e: MessageEvent) => void) | null }

;(globalThis as unknown as Shared).onconnect = (e) => {
  const port = e.ports[0]
  if (!port) return
  ports.add(port)
  port.onmessage = (m: MessageEvent<{ want?: string; position?: number; bye?: boolean }>) => {
    ports.add(port) // one that had gone may come back
    if (m.data.want !== undefined) source.want(m.data.want, m.data.position ?? 0)
    if (m.data.bye) {
      ports.delete(port)
      if (ports.size === 0) source.close()
    }
  }
}
