// Whether the reader may suppose anything. The server decides; this only spares a form
// that it would refuse.
import { computed } from '@preact/signals'
import { caller } from '../caller'

export const maySuppose = computed(() => caller.value?.rights.includes('suppose') ?? false)
