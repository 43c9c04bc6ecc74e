// What the page has loaded, and is loading.
import { effect, signal, type Signal } from '@preact/signals'
import { ask, ProblemError } from './api'
import type { Problem } from './types'

// refreshed rises when what was loaded is to be asked for again.
export const refreshed = signal(0)

// Loaded is one document that follows an address. While another is on its way the old
// one stays, and behind says so. Only the newest address counts: those that were wanted
// meanwhile are never asked for, so a reader who scrubs quickly waits for one answer.
export interface Loaded<T> {
  data: Signal<T | undefined>
  problem: Signal<Problem | undefined>
  behind: Signal<boolean>
}

// keepMost is how many documents are kept to go back to at once; none, where what was
// there before may not do.
export function load<T>(address: () => string | null, keepMost = 200): Loaded<T> {
  const data = signal<T | undefined>(undefined)
  const problem = signal<Problem | undefined>(undefined)
  const behind = signal(false)
  const kept = new Map<string, T>()
  let wanted: string | null = null
  let asking = false
  let generation = 0

  const fetchOn = async () => {
    if (asking) return
    asking = true
    while (wanted !== null) {
      const now = wanted
      const of = generation
      try {
        const got = await ask<T>(now)
        if (of === generation) {
          kept.set(now, got)
          if (kept.size > keepMost) kept.delete(kept.keys().next().value as string)
        }
        if (wanted === now) { // shown even if there is more meanwhile: else a busy record would never be shown
          if (of === generation) wanted = null
          data.value = got
          problem.value = undefined
        }
      } catch (e) {
        if (wanted === now && of === generation) {
          problem.value = problemOf(e)
          wanted = null
        }
      }
    }
    asking = false
    behind.value = false
  }

  effect(() => {
    const next = address()
    const of = refreshed.value
    if (of !== generation) {
      generation = of
      kept.clear()
    }
    wanted = next
    if (next === null) {
      data.value = undefined
      problem.value = undefined
      return
    }
    const had = kept.get(next)
    if (had !== undefined) {
      wanted = null
      data.value = had
      problem.value = undefined
      return
    }
    behind.value = true
    void fetchOn()
  })
  return { data, problem, behind }
}

export function problemOf(e: unknown): Problem {
  if (e instanceof ProblemError) return e.problem
  return { type: 'about:blank', title: 'The page broke', status: 0, detail: String(e), hint: 'load it again; if it happens again, tell its makers' }
}
