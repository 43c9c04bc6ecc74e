// What is shown where there is nothing to show, or not yet, or something went wrong.
import type { ComponentChildren } from 'preact'
import type { Problem } from '../types'

export function Loading({ what }: { what: string }) {
  return <div class="note loading" role="status"><span class="skeleton" aria-hidden="true" /><span class="skeleton short" aria-hidden="true" /><p>Loading {what} …</p></div>
}

// Trouble is a problem with what to do about it.
export function Trouble({ problem, again, children, level = 3 }: { problem: Problem; again?: () => void; children?: ComponentChildren; level?: 2 | 3 }) {
  const Heading = `h${level}` as const
  return (
    <div class="note trouble" role="alert">
      <Heading><span aria-hidden="true">⚠ </span>{problem.title}</Heading>
      <p>{problem.detail}</p>
      {problem.faults && problem.faults.length > 0 && (
        <ul>{problem.faults.map((f) => <li key={f.parameter}><code>{f.parameter}</code> {f.read && <q>{f.read}</q>} {f.reason}{f.hint && <> — {f.hint}</>}</li>)}</ul>
      )}
      {problem.hint && <pre class="hint">{problem.hint}</pre>}
      {children}
      {again && <button type="button" onClick={again}>Try again</button>}
    </div>
  )
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="note empty">{children}</div>
}
