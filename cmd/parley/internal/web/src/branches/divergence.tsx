// Where two sides part: the first happening of each that the other does not have.
import type { ComponentChildren } from 'preact'
import { actorNames } from '../session'
import { Date_ } from '../parts/marks'
import type { Diff } from '../types'
import { link } from '../url'
import { actWords } from '../words'
import { nameOf, stepOf, titleOf, type Side } from './comparison'

export function Divergence({ at }: { at: Diff['firstDivergence'] }) {
  return (
    <section class="panel divergence" aria-labelledby="divergence-title">
      <h3 id="divergence-title">First divergence</h3>
      {!at && <p>Neither tells of a happening that the other does not have.</p>}
      {at && (
        <>
          <p>{at.after ? <>Both are the same up to <Step side={at.from ? 'from' : 'to'} event={at.after} />.</> : 'They part at the beginning.'} The first that only one of them has:</p>
          <div class="sides">
            <Way side="from" event={at.from} />
            <Way side="to" event={at.to} />
          </div>
        </>
      )}
    </section>
  )
}

function Way({ side, event }: { side: Side; event: string | undefined }) {
  const at = stepOf(side, event)
  return (
    <div class={`way${nameOf(side) ? ' supposed' : ''}`} data-way={side}>
      <p class="faint">{titleOf(side)}</p>
      {event ? (
        <>
          <p><Step side={side} event={event}>{at && <strong>{actWords(at.happening.act)}</strong>}</Step></p>
          {at && <p>{actorNames(at.happening.by)}, <Date_ of={at.happening.occurred} /></p>}
          {at?.happening.quote && <blockquote>{at.happening.quote}</blockquote>}
        </>
      ) : <p>has nothing that the other has not.</p>}
    </div>
  )
}

// Step leads to where an event is gone through, on one side.
function Step({ side, event, children }: { side: Side; event: string; children?: ComponentChildren }) {
  const at = stepOf(side, event)
  return <>{at && <>step {at.step} of {at.of}: </>}{children} <a {...link({ page: 'negotiation', branch: nameOf(side), step: event, sel: `timeline/${event}` })}>{event}<span class="sr"> in the replay of {titleOf(side)}</span></a></>
}
