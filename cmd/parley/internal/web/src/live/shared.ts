// What tabs share: their connections to the server, where the browser can; else a page
// has its own.
import { Gathered } from './gathered'
import { Source, type News } from './news'
import type { Asked } from './worker'

type Taker = (n: News) => void
const takers: Taker[] = []
const tell: Taker = (n) => takers.forEach((take) => take(n))

// hear takes what is told.
export const hear = (take: Taker): void => { takers.push(take) }

let post: ((a: Asked) => void) | undefined

// askFor says what is wanted. The first time it opens the connection.
export const askFor = (a: Asked): void => (post ??= connect())(a)

function connect(): (a: Asked) => void {
  if (typeof SharedWorker === 'function') {
    const { port } = new SharedWorker('/assets/stream.js', { type: 'module', name: 'parley, branches too' }) // its name is what it understands
    port.onmessage = (e: MessageEvent<News>) => tell(e.data)
    addEventListener('pagehide', () => port.postMessage({ bye: true }))
    return (a) => port.postMessage(a)
  }
  const source = new Source(tell)
  const branches = new Gathered<string>((told) => tell({ kind: 'branch', told }), (state) => tell({ kind: 'branches', state }))
  return (a) => {
    if ('want' in a) source.want(a.want, a.position)
    if ('branch' in a) branches.want('', a.branch ?? undefined)
  }
}
