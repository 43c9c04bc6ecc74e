// Whether the reader may suppose anything. The server decides; this only spares a form
// that it would refuse.
import { computed } from '@preact/signals'
import { caller } from '../caller'

const supposing = new Set(['analyst', 'simulator'])

export const maySuppose = computed(() => supposing.has(caller.value?.role ?? ''))
