// The values that the state panel shows, by path, each in words: so two states can be
// laid beside one another.
import { camelWords, told, valueText } from './words'
import type { Contested, Ladder, Questions, Saying, Stand } from './types'

// Value is what is shown of a thing, and the path whose reasons it has.
export interface Value { text: string; path: string }

interface Thing { contested?: Contested }
type Fields = readonly (readonly [name: string, read?: (v: never) => string])[]

const number = (all: unknown[]) => (all.length > 0 ? String(all.length) : '')
const sayings = (all: Saying[]) => all.map((s) => s.text).join('; ')

const ofCell: Fields = [['stance'], ['redLine'], ['commitment'], ['refused'], ['shifts'], ['conditions', sayings]]
const ofVersion: Fields = [['reached'], ['stands'], ['retracted', number], ['declined', number]]
const ofCeasefire: Fields = [['status'], ['condition'], ['parties'], ['incidents', number]]
const ofMandate: Fields = [['fullPowers'], ['head'], ['rank'], ['principals'], ['scope', sayings], ['instructions', number]]
const ofRound: Fields = [['status'], ['outcome'], ['days'], ['hours'], ['opened'], ['venue']]

// valuesOf lists them. nameOf says what an id stands for.
export function valuesOf(s: Stand, nameOf: (id: string) => string): Map<string, Value> {
  const all = new Map<string, Value>()
  const put = (path: string, thing: Thing | undefined, fields: Fields) => {
    for (const [name, read] of fields) {
      const text = thing ? textOf(thing, name, read, nameOf) : ''
      if (text) all.set(`${path}/${name}`, { text, path: `${path}/${name}` })
    }
  }
  for (const [party, row] of Object.entries(s.positions ?? {})) for (const [issue, cell] of Object.entries(row)) put(`positions/${party}/${issue}`, cell, ofCell)
  for (const [id, d] of Object.entries(s.drafts ?? {})) {
    for (const v of d.versions ?? []) put(`drafts/${id}/versions/${v.version}`, v, ofVersion)
    put(`drafts/${id}/unversioned`, d.unversioned, ofVersion)
  }
  for (const [id, c] of Object.entries(s.ceasefires ?? {})) put(`ceasefires/${id}`, c, ofCeasefire)
  for (const [id, m] of Object.entries(s.mandates ?? {})) put(`mandates/${id}`, m, ofMandate)
  for (const [id, r] of Object.entries(s.rounds ?? {})) if (id !== 'process') put(`rounds/${id}`, r, ofRound)
  if (s.questions) putAnswers(all, s.questions, nameOf)
  return all
}

// textOf is what a field says; empty where nothing is known of it.
function textOf(thing: Thing, name: string, read: ((v: never) => string) | undefined, nameOf: (id: string) => string): string {
  const rivals = thing.contested?.[name]
  if (rivals) return rivals.map((c) => word(c.value, nameOf)).join(' or ') + ' (contested)'
  const value = (thing as Record<string, unknown>)[name]
  if (value === undefined || value === null || value === '' || value === 'unknown' || value === false || (Array.isArray(value) && value.length === 0)) return ''
  return read ? read(value as never) : word(value, nameOf)
}

function word(value: unknown, nameOf: (id: string) => string): string {
  if (value === true) return 'yes'
  if (Array.isArray(value)) return value.map((v) => word(v, nameOf)).join(', ')
  return typeof value === 'string' ? told(value.replace(/^(verbally)-/, '$1 '), nameOf) : valueText(value)
}

// The four questions, each with its answers.
export const answerKey = { agreed: 'questions/agreed', maySpeak: 'questions/maySpeak', amendable: 'questions/amendable', pending: 'questions/pending' } as const
export const pathTo = (l: Ladder) => `drafts/${l.draft}/${l.version ? `versions/${l.version}` : 'unversioned'}/stands`
export const draftName = (l: Ladder) => `${(l.draft ?? '').replaceAll('-', ' ')}${l.version ? `, version ${l.version}` : ', no version told'}`

function putAnswers(all: Map<string, Value>, q: Questions, nameOf: (id: string) => string): void {
  const put = (kind: keyof typeof answerKey, path: string, text: string) => all.set(`${answerKey[kind]}/${path}`, { text, path })
  for (const a of q.agreed) {
    if (a.round) put('agreed', `rounds/${a.round}/outcome`, `${a.round.replaceAll('-', ' ')}: ${a.outcome}`)
    else put('agreed', pathTo(a), `${draftName(a)}: ${a.stands}`)
  }
  for (const a of q.amendable) put('amendable', pathTo(a), `${draftName(a)}: stands ${valueText(a.stands)}`)
  for (const [party, p] of Object.entries(q.maySpeak)) {
    const powers = textOf(p, 'fullPowers', undefined, nameOf)
    if (powers) put('maySpeak', `questions/maySpeak/${party}/fullPowers`, `${nameOf(party)}: full powers ${powers}`)
  }
  for (const p of q.pending) put('pending', `timeline/${p.event}`, `${p.kind}: ${camelWords(p.act)}`)
}

// fieldWords names a value within a thing.
export const fieldWords = (path: string, within: string): string => camelWords(path.slice(within.length + 1)).replaceAll('/', ' · ')

