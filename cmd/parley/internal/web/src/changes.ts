// What each step changed. It takes the server some work to tell, so it is asked for in
// pages, and only those that are looked at.
import { computed, effect, signal } from '@preact/signals'
import { ask, pathOf } from './api'
import { problemOf } from './load'
import { current, currentStep, steps, timeline } from './session'
import type { Change, Problem, Replay } from './types'
import { place, viewQuery } from './url'

const pageSize = 40 // steps
const pause = 1000 // ms, when the server does as much as it can

const told = signal(new Map<string, Change[]>()) // by the event of the step
export const changesProblem = signal<Problem | undefined>(undefined)

// inSight are the steps that the log shows; they are wanted as well.
export const inSight = signal<[number, number]>([0, 0])

// changesOf is what a step changed; undefined while nobody has told yet.
export const changesOf = (event: string | undefined): Change[] | undefined => told.value.get(event ?? '')

// changes of the step that is shown, by path.
export const changes = computed(() => new Map<string, Change>((changesOf(currentStep.value?.event) ?? []).map((c) => [c.path, c])))

// weighed lists them, those first that say where things stand, and last those that only
// say of what they are.
export const weighed = computed(() => {
  const weight = (path: string) => (/\/(retracted|declined)\//.test(path) ? 2 : /\/(parties|events?|accounts|saidBy|roles)(\/|$)/.test(path) ? 1 : 0)
  return [...changes.value.values()].sort((a, b) => weight(a.path) - weight(b.path))
})

// changesBelow lists the changes of a thing.
export function changesBelow(path: string): Change[] {
  return [...changes.value.values()].filter((c) => c.path === path || c.path.startsWith(path + '/'))
}

let of: unknown // the timeline that was told of
let asking = false
const asked = new Set<number>() // pages

// nextPage is one that is wanted and was not asked for, that of the current step first.
function nextPage(): number | undefined {
  const last = steps.value.length - 1
  const wanted = [current.value, Math.min(current.value + 1, last), ...inSight.value]
  for (const i of wanted) {
    const page = Math.floor(i / pageSize)
    if (i >= 0 && i <= last && !asked.has(page)) return page
  }
  return undefined
}

async function askOn(): Promise<void> {
  if (asking) return
  asking = true
  for (let page = nextPage(); page !== undefined; page = nextPage()) {
    const about = of
    asked.add(page)
    const after = steps.value[page * pageSize - 1]?.event
    try {
      const got = await ask<Replay>(pathOf(`/negotiations/${encodeURIComponent(place.value.negotiation)}/replay`, { ...viewQuery(place.value), after, limit: String(pageSize) }))
      if (about !== of) continue // the view has changed meanwhile
      const all = new Map(told.value)
      for (const s of got.steps) if (s.event) all.set(s.event, s.changes)
      told.value = all
      changesProblem.value = undefined
    } catch (e) {
      if (about !== of) continue
      const problem = problemOf(e)
      if (problem.status !== 503 && problem.status !== 0) {
        changesProblem.value = problem
        continue
      }
      await new Promise((done) => setTimeout(done, pause))
      asked.delete(page)
    }
  }
  asking = false
}

effect(() => {
  if (timeline.data.value !== of) {
    of = timeline.data.value
    asked.clear()
    told.value = new Map()
  }
  // What is wanted depends on these.
  if (nextPage() !== undefined) void askOn()
})
