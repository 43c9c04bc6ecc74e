// What is told of the branch whose replay is shown: how far it has come, or that it was
// dropped.
import { computed, effect, signal } from '@preact/signals'
import { timeline } from '../session'
import { place } from '../url'
import { isBeyond, Watch, type Standing } from './watch'

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

let watch: Watch | undefined
effect(() => {
  const [negotiation, branch] = followed.value.split(' ')
  watch?.close()
  watch = undefined
  head.value = ''
  dropped.value = ''
  branchStanding.value = 'connecting'
  if (!negotiation || !branch) return
  watch = new Watch(negotiation, [branch], '', (t) => {
    if ('dropped' in t) dropped.value = t.dropped
    else head.value = t.position
  }, (s) => (branchStanding.value = s))
})
