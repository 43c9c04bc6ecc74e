// The list of keys.
import { useEffect, useRef } from 'preact/hooks'
import { helpOpen, keys } from '../keys'

export function Help() {
  const box = useRef<HTMLDialogElement>(null)
  const open = helpOpen.value
  useEffect(() => {
    if (open) box.current?.showModal()
    else box.current?.close()
  }, [open])
  return (
    <dialog ref={box} class="help" aria-labelledby="help-title" onClose={() => (helpOpen.value = false)}>
      <h2 id="help-title">Keys</h2>
      <dl>{keys.map((k) => <div key={k.keys}><dt><kbd>{k.keys}</kbd></dt><dd>{k.about}</dd></div>)}</dl>
      <p>A step is one happening; several accounts of it are one step. <b>~</b> marks a step of which nobody knows whether it came before or after the one above it. <i>Happened by</i> cuts by the world’s clock, <i>known by</i> by what had been reported.</p>
      <button type="button" onClick={() => (helpOpen.value = false)}>Close</button>
    </dialog>
  )
}
