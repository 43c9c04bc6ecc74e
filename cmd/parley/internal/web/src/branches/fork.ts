// Where a branch leaves its parent. The server settles it; this only tells sooner what it
// will say.
import { logsOf } from '../live/watch'

export type Fork = { position: string } | { reason: string; hint: string }

// forkOf settles a position, as it is written, within a parent that reaches to an end,
// such as 185 or record:185;b1:7. Nothing written is the end.
export function forkOf(at: string, end: string): Fork {
  const bare = at.trim().replace(/^#/, '')
  if (bare === '') return { position: end }
  const wrong = (reason: string): Fork => ({ reason, hint: `leave it empty for ${end}` })
  if (!/^([1-9]\d*|[a-z0-9-]+:[1-9]\d*(;[a-z0-9-]+:[1-9]\d*)*)$/.test(bare)) return wrong(`is no position: write a number from 1 on${end.includes(';') ? ', or logs with their numbers as in ' + end : ''}`)
  const asked = new Map(logsOf(bare))
  const logs = logsOf(end)
  const [last] = logs.at(-1) ?? ['record']
  for (const name of asked.keys()) if (!logs.some(([log]) => log === name)) return wrong(`names ${name}, on which the parent does not stand`)
  if (!asked.has(last)) return wrong(`lies before branch ${last}; open the branch on what that stands on`)
  if (logs.some(([log, to]) => (asked.get(log) ?? to) > to)) return wrong(`lies behind the end of the parent, ${end}`)
  const settled = logs.map(([log, to]) => [log, asked.get(log) ?? to] as const)
  return { position: settled.length === 1 ? String(settled[0]?.[1]) : settled.map(([log, to]) => `${log}:${to}`).join(';') }
}
