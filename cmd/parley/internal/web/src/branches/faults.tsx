import type { Fault } from '../types'

// Faults lists what is wrong with a field: what was read, why not, and what to write.
export function Faults({ id, all }: { id: string; all: Fault[] }) {
  if (all.length === 0) return null
  return <ul id={id} class="faults">{all.map((f) => <li key={(f.read ?? '') + f.reason}><span aria-hidden="true">⚠ </span>{f.read && <><code>{f.read}</code> </>}{f.reason}{f.hint && <>; {f.hint}</>}</li>)}</ul>
}
