// What is shown, as files: what the API answers for it, to the byte.
import { signal } from '@preact/signals'
import { fetched, pathOf } from './api'
import { problemOf } from './load'
import type { Problem } from './types'
import { place, viewQuery, type Place } from './url'

export type Form = 'json' | 'ndjson'
const media: Record<Form, string> = { json: 'application/json', ndjson: 'application/x-ndjson' }

// Exported is something that can be had as a file.
export interface Exported {
  name: string // part of the file name
  title: string
  about: string
  forms: Form[]
  address: (p: Place, form: Form) => string
}

const eventsMost = 10_000 // of a document; lines have no end

const within = (p: Place, path: string, query: Record<string, string | undefined> = {}) => pathOf(`/negotiations/${encodeURIComponent(p.negotiation)}${path}`, { ...viewQuery(p), ...query })

const ofReplay: Exported[] = [
  {
    name: 'state', title: 'State', about: 'all projections at this step', forms: ['json'],
    address: (p) => within(p, '/state', { step: p.step || undefined }),
  },
  {
    name: 'replay', title: 'Replay', about: 'all steps of the view, with what each changed', forms: ['json', 'ndjson'],
    address: (p) => within(p, '/replay'),
  },
  {
    name: 'events', title: 'Events', about: 'the log that the view leaves, word for word', forms: ['json', 'ndjson'],
    address: (p, form) => within(p, '/events', form === 'json' ? { limit: String(eventsMost) } : {}),
  },
]

const ofComparison: Exported[] = [{
  name: 'comparison', title: 'Comparison', about: 'all values that differ, why, and by which events', forms: ['json'],
  address: (p) => within({ ...p, branch: '' }, `/branches/${encodeURIComponent(p.compare)}/compare`, { other: p.other || undefined }),
}]

// offered is what can be had of a place.
export const offered = (p: Place): Exported[] => (p.page === 'branches' ? ofComparison : ofReplay)

// fileName says of what the file is: the negotiation, what is supposed, the view, and the
// step, in characters that every system takes.
export function fileName(p: Place, e: Exported, form: Form, position = ''): string {
  const parts = [p.negotiation]
  const supposed = p.page === 'branches' ? [p.compare, p.other].filter(Boolean) : [p.branch].filter(Boolean)
  if (supposed.length > 0) parts.push(['hypothetical', ...supposed].join('-'))
  parts.push(e.name)
  if (p.page === 'branches' && !p.other) parts.push('with-record')
  for (const [key, value] of Object.entries(viewQuery({ ...p, branch: '' }))) parts.push(value ? `${key}-${value}` : key)
  if (e.name === 'state' && p.step) parts.push(`step-${p.step}`)
  if (position) parts.push(`at-${position}`)
  return parts.map(plain).join('_').slice(0, nameMost) + '.' + form
}

const nameMost = 180 // characters; systems take 255 bytes with what a browser adds

// plain keeps what an expression says, and nothing that a system takes for something else.
const plain = (text: string): string => text
  .replaceAll('!=', ' not ').replaceAll('==', ' is ').replaceAll('&&', ' and ').replaceAll('||', ' or ').replaceAll('!', ' not ')
  .replace(/[^A-Za-z0-9.@-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '')

export const exportOpen = signal(false)
export const exporting = signal('') // what is on its way
export const exported = signal('') // the file that was last given
export const exportProblem = signal<Problem | undefined>(undefined)

// exportAs gives a file to the browser.
export async function exportAs(e: Exported, form: Form): Promise<void> {
  const p = place.value
  exporting.value = fileName(p, e, form)
  exported.value = ''
  exportProblem.value = undefined
  try {
    const { body, headers } = await fetched(e.address(p, form), media[form])
    if (e.name === 'events' && form === 'json' && (JSON.parse(await body.text()) as { next?: unknown }).next !== undefined) {
      exportProblem.value = { type: 'about:blank', title: 'Too long for a document', status: 0, detail: `a document has at most ${eventsMost.toLocaleString('en')} events, and these are more`, hint: 'take the events as NDJSON, which has all of them' }
      return
    }
    // Lines do not say at which position they were read; a document does.
    const name = fileName(p, e, form, form === 'ndjson' ? headers.get('Parley-Position') ?? '' : '')
    give(body, name)
    exported.value = name
  } catch (wrong) {
    exportProblem.value = problemOf(wrong)
  } finally {
    exporting.value = ''
  }
}

function give(body: Blob, name: string): void {
  const address = URL.createObjectURL(body)
  const a = document.createElement('a')
  a.href = address
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000) // a browser may ask where to put it
}
