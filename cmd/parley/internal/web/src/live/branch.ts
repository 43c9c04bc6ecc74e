// What is told of the branch whose replay is shown: how far it has come, or that it was
// dropped.
import { computed, effect, signal } from '@preact/signals'
import { timeline } from '../session'
import { place } from '../url'
import type { Wanted } from './gathered'
import { askFor, hear } from './shared'
import type { Standing } from './stream'
import { isBeyond } from './watch'

export const branchStanding = signal<Standing>('connecting')

// dropped is that, and why; empty as long as the branch is there.
export const dropped = signal('')

const head = signal('')

// branchSeen is the position that what is shown of the branch reflects; empty while
// nothing is shown of it.
export const branchSeen = computed(() => {
  const seen = timeline.data.value?.view
  return seen?.negotiation === place.value.negotiation && place.value.branch && seen.branch?.name === place.value.branch ? seen.branch.position : ''
})

// branchAhead is where the branch stands if that is further on than what is shown: it
// has grown itself, or follows a parent that has.
export const branchAhead = computed(() => (branchSeen.value && !place.value['recorded-by'] && !dropped.value && head.value && isBeyond(head.value, branchSeen.value) ? head.value : ''))

// A branch that cannot be shown is not followed: what is wrong with it is said already.
const followed = computed(() => (branchSeen.value && place.value.page === 'negotiation' ? `${place.value.negotiation} ${place.value.branch}` : ''))

const inSight = signal(document.visibilityState !== 'hidden')
document.addEventListener('visibilitychange', () => (inSight.value = document.visibilityState !== 'hidden'))
addEventListener('pageshow', (e) => {
  if (e.persisted && inSight.value && followed.value) askFor({ branch: wanted(followed.value) })
})

const wanted = (both: string): Wanted => {
  const [negotiation = '', branch = ''] = both.split(' ')
  return { negotiation, branch }
}

let asked = false
effect(() => { // another branch is another matter
  void followed.value
  head.value = ''
  dropped.value = ''
  branchStanding.value = 'connecting'
})
effect(() => {
  const now = inSight.value && !dropped.value ? followed.value : ''
  if (now || asked) askFor({ branch: now ? wanted(now) : null })
  asked = now !== ''
})

hear((n) => {
  if (!followed.peek()) return
  if (n.kind === 'branches') branchStanding.value = n.state
  if (n.kind !== 'branch') return
  const { negotiation, branch } = wanted(followed.peek())
  if (n.told.negotiation !== negotiation || n.told.branch !== branch) return
  if ('dropped' in n.told) dropped.value = n.told.dropped
  else head.value = n.told.position
})
