// Addresses to pass on.
import { signal } from '@preact/signals'
import { currentStep, timeline } from '../session'
import { addressOf, place } from '../url'

export const copied = signal('')

async function copy(address: string, said: string): Promise<void> {
  const whole = location.origin + address
  try {
    await navigator.clipboard.writeText(whole)
    copied.value = said
  } catch {
    copied.value = 'copy it yourself: ' + whole // the browser does not let pages copy
  }
  setTimeout(() => (copied.value = ''), 6000)
}

// pinned copies an address that shows the same for ever: the view is cut at the
// position of the record that it reflects, and the step is named.
export function pinned(): void {
  const at = timeline.data.value?.view
  if (!at) return
  const cut = place.value['recorded-by'] || '#' + (at.branch?.position || String(at.position))
  void copy(addressOf({ ...place.value, 'recorded-by': cut, step: currentStep.value?.event ?? '' }), `Pinned at record ${cut}; address copied.`)
}

// liveLink copies an address whose view goes on with the record.
export function liveLink(): void {
  void copy(addressOf({ ...place.value, 'recorded-by': '' }), 'Live address copied.')
}
