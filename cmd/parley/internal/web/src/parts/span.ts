// Where an uncertain date lies on the axis of all dates.
import type { Happening } from '../types'

export interface Placed { from: number; to: number; openFrom: boolean; openTo: boolean; precise: boolean }

const day = 86_400_000 // ms

let axisOf: Happening[] | undefined
let axis: number[] = []

// axisFor is all bounds that are told, in order. Each takes the same room, so that time
// in which nothing begins or ends takes none.
function axisFor(all: Happening[]): number[] {
  if (all === axisOf) return axis
  const bounds = new Set<number>()
  for (const h of all) {
    for (const t of [h.earliest, h.latest]) {
      const at = Date.parse(t)
      if (!Number.isNaN(at)) bounds.add(Math.round(at / 1000)) // the last millisecond of a day is the next one's first
    }
  }
  axisOf = all
  axis = [...bounds].sort((a, b) => a - b)
  return axis
}

// placeOn is where an instant lies on the axis, between 0 and 1. At both ends there is
// room for what is open.
function placeOn(ticks: number[], at: number): number {
  const second = Math.round(at / 1000)
  let low = 0
  let high = ticks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ticks[middle] as number) < second) low = middle + 1
    else high = middle
  }
  return (low + 1) / (ticks.length + 1)
}

// span is where a happening lies between 0 and 1.
export function span(h: Happening, all: Happening[]): Placed {
  const ticks = axisFor(all)
  const from = Date.parse(h.earliest)
  const to = Date.parse(h.latest)
  const openFrom = Number.isNaN(from)
  const openTo = Number.isNaN(to)
  return {
    from: openFrom ? 0 : placeOn(ticks, from),
    to: openTo ? 1 : placeOn(ticks, to),
    openFrom, openTo,
    precise: !openFrom && !openTo && to - from <= day,
  }
}
