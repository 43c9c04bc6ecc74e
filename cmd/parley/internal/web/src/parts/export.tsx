// What is shown, to take away as files.
import { useEffect, useRef } from 'preact/hooks'
import { exportAs, exported, exporting, exportOpen, exportProblem, fileName, offered, type Exported, type Form } from '../exporting'
import { viewWords } from '../session'
import { place } from '../url'
import { Trouble } from './notes'

export function ExportButton() {
  return <button type="button" onClick={() => (exportOpen.value = true)} title="what is shown, as files">Export …</button>
}

function end(): void {
  exportOpen.value = false
  exported.value = ''
  exportProblem.value = undefined
}

export function Export() {
  const box = useRef<HTMLDialogElement>(null)
  const open = exportOpen.value
  useEffect(() => {
    if (open) box.current?.showModal()
    else box.current?.close()
  }, [open])
  useEffect(() => end, [])
  return <dialog ref={box} class="help export" aria-labelledby="export-title" onClose={end}>{open && <Offer />}</dialog>
}

function Offer() {
  const p = place.value
  const words = viewWords(p)
  const supposed = p.page === 'branches' || p.branch !== ''
  return (
    <>
      <h2 id="export-title">Export what is shown</h2>
      <p>{p.page === 'branches' ? <><code>{p.compare}</code> and {p.other ? <code>{p.other}</code> : 'the record'}</> : words.length > 0 ? `The view: ${words.join('; ')}` : 'The whole record'}{p.page === 'branches' && words.length > 0 && `, both ${words.join('; ')}`}.</p>
      {supposed && <p class="bar hypothetical"><strong><span aria-hidden="true">◇ </span>HYPOTHETICAL</strong> <span>The files say so, by name and within.</span></p>}
      <ul class="offer">{offered(p).map((e) => <Row key={e.name} of={e} />)}</ul>
      {exportProblem.value && <Trouble problem={exportProblem.value} />}
      <p role="status" class="given">{exporting.value ? <>On its way: <code>{exporting.value}</code> …</> : exported.value && <>Saved: <code>{exported.value}</code></>}</p>
      <p class="tools"><button type="button" onClick={end}>Close</button></p>
    </>
  )
}

const forms: Record<Form, { label: string; about: string }> = {
  json: { label: 'JSON', about: 'one document' },
  ndjson: { label: 'NDJSON', about: 'one line for each' },
}

function Row({ of: e }: { of: Exported }) {
  return (
    <li data-export={e.name}>
      <p><strong>{e.title}</strong>: {e.about}</p>
      <p class="tools">{e.forms.map((f) => <button type="button" key={f} disabled={exporting.value !== ''} title={forms[f].about} onClick={() => void exportAs(e, f)}><span class="sr">{e.title} as </span>{forms[f].label}</button>)}</p>
      <code>{fileName(place.value, e, e.forms[0] ?? 'json')}</code>
    </li>
  )
}
