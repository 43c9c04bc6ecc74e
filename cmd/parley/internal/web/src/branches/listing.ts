// The branches of a negotiation, a page of them at a time, as they are now.
import { effect, signal } from '@preact/signals'
import { ask, pathOf } from '../api'
import { problemOf, refreshed } from '../load'
import { Watch, watchedMost, type Standing } from '../live/watch'
import type { BranchLine, BranchPage, Problem } from '../types'
import { place } from '../url'

// A page has as many as can be followed at once, so that each tells when it moves.
export const pageSize = watchedMost

export const lines = signal<BranchLine[] | undefined>(undefined)
export const next = signal('')
export const problem = signal<Problem | undefined>(undefined)
export const standing = signal<Standing>('connecting')

// moved are those that have moved while the page shows them.
export const moved = signal(new Set<string>())

// done is what the reader has done last, and of which branch where there is one now.
export const done = signal<{ said: string; branch?: string }>({ said: '' })

const pause = 20_000 // ms after which the list is read again, for nothing tells of branches that are opened

const isList = () => place.value.page === 'branches' && !place.value.compare
const address = () => pathOf(`/negotiations/${encodeURIComponent(place.value.negotiation)}/branches`, {
  limit: String(pageSize), after: place.value.after || undefined, dropped: place.value.dropped ? 'true' : undefined,
})

// relist reads the page again. Those that were dropped while it was shown stay.
export async function relist(): Promise<void> {
  const of = address()
  try {
    const got = await ask<BranchPage>(of)
    if (!isList() || of !== address()) return
    const gone = (lines.value ?? []).filter((l) => l.dropped && !got.branches.some((b) => b.branch === l.branch))
    note(got.branches)
    lines.value = [...got.branches, ...gone].sort((a, b) => (a.branch < b.branch ? -1 : 1))
    next.value = got.next ?? ''
    problem.value = undefined
  } catch (e) {
    if (isList() && of === address()) problem.value = problemOf(e)
  }
}

// note marks those that have more events than when they were last read.
function note(now: BranchLine[]): void {
  const had = new Map(lines.value?.map((l) => [l.branch, l.head]))
  const news = now.filter((b) => had.has(b.branch) && b.head > (had.get(b.branch) ?? 0)).map((b) => b.branch)
  if (news.length > 0) moved.value = new Set([...moved.value, ...news])
}

// gone marks a branch as dropped, with all that is known of it.
export function gone(known: Pick<BranchLine, 'branch'> & Partial<BranchLine>): void {
  lines.value = lines.value?.map((l) => (l.branch === known.branch && !l.droppedAt ? { ...l, ...known, dropped: true } : l))
}

// What is shown is followed as long as it is shown.
let shown = ''
let generation = 0
effect(() => {
  const now = isList() ? address() : ''
  const again = refreshed.value !== generation // somebody has signed in
  generation = refreshed.value
  if (now === shown) {
    if (now && again) void relist()
    return
  }
  shown = now
  lines.value = undefined
  next.value = ''
  problem.value = undefined
  moved.value = new Set()
  done.value = { said: '' }
  if (now) void relist()
})

let watch: Watch | undefined
let watched = ''
effect(() => {
  const names = isList() ? (lines.value ?? []).filter((l) => !l.dropped).map((l) => l.branch).slice(0, watchedMost) : []
  const now = names.length > 0 ? [place.value.negotiation, ...names].join(' ') : ''
  if (now === watched) return
  watched = now
  watch?.close()
  watch = undefined
  if (!now) return
  // Coverage counts the accounts: it is small, and an account more or less changes it.
  watch = new Watch(place.value.negotiation, names, 'coverage', (t) => {
    if ('dropped' in t) return gone({ branch: t.branch, reason: t.dropped })
    const line = lines.peek()?.find((l) => l.branch === t.branch)
    if (line && Number(t.position.slice(t.position.lastIndexOf(':') + 1)) > line.head) void relist()
  }, (s) => (standing.value = s))
})

setInterval(() => {
  if (isList() && document.visibilityState === 'visible') void relist()
}, pause)
