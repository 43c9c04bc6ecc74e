// What is shown can be taken away: as the API answers it, to the byte, under names that
// say of what it is.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { accessible, api, base, become, browse, open, quiet, replay, talks, text } from './browser.mjs'

const post = (path, body) => api(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
const of = `/negotiations/${talks}`
await post(`${of}/branches`, { branch: 'no-retraction', without: ['s1-retraction'], author: 'A. Reader', purpose: 'had the confirmation stood' })
await post(`${of}/branches`, { branch: 'other', author: 'B. Other', purpose: 'something else' })

const media = { json: 'application/json', ndjson: 'application/x-ndjson' }
const answered = async (path, form) => (await fetch(`${base}/v1${of}${path}`, { headers: { Accept: media[form] } })).text()
const box = (page) => page.getByRole('dialog')
// takes has a file given, and holds its name and its bytes.
async function takes(page, what, form, name, path) {
  const coming = page.waitForEvent('download')
  await box(page).getByRole('button', { name: `${what} as ${form.toUpperCase()}`, exact: true }).click()
  const file = await coming
  assert.match(file.suggestedFilename(), name)
  const body = await readFile(await file.path(), 'utf8')
  assert.ok(body.length > 0 && body === await answered(path, form), `${file.suggestedFilename()} is what ${path} answers`)
  await become(() => text(box(page).getByRole('status')), `Saved: ${file.suggestedFilename()}`)
  return body
}
const narrow = async (page, what) => {
  await page.setViewportSize({ width: 400, height: 800 })
  const [scroll, width] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
  assert.ok(scroll <= width, `${what} is ${scroll} px wide in a window of ${width}`)
  const { x, width: wide } = await box(page).boundingBox()
  assert.ok(x >= 0 && x + wide <= 400, `${what}: the dialog lies in the window`)
}

await browse(async (context) => {
  // The record, at a step of a view: what is exported is that.
  const lens = 'source.side != "pakistan"'
  const view = `as-of=2025-10-29&lens=${encodeURIComponent(lens)}`
  const page = await replay(context, `?${view}&step=s1-retraction`, ['status of 503'])
  await page.getByRole('button', { name: 'Export' }).click()
  const called = 'as-of-2025-10-29_lens-source\\.side-not-pakistan'
  await takes(page, 'State', 'json', new RegExp(`^${talks}_state_${called}_step-s1-retraction\\.json$`), `/state?${view}&step=s1-retraction`)
  await takes(page, 'Replay', 'json', new RegExp(`^${talks}_replay_${called}\\.json$`), `/replay?${view}`)
  await takes(page, 'Replay', 'ndjson', new RegExp(`^${talks}_replay_${called}_at-\\d+\\.ndjson$`), `/replay?${view}`)
  await takes(page, 'Events', 'ndjson', new RegExp(`^${talks}_events_${called}_at-\\d+\\.ndjson$`), `/events?${view}`)
  await accessible(page, 'what can be exported')

  // What goes wrong is said, and nothing is given.
  const none = () => { throw new Error('a file was given') }
  page.on('download', none)
  await page.route('**/replay?*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'x', title: 'Too much at once', status: 503, detail: 'four compare already', hint: 'come again' }) }))
  await box(page).getByRole('button', { name: 'Replay as JSON' }).click()
  await become(() => text(box(page).getByRole('alert')), /Too much at once four compare already come again/)
  await page.route('**/events?*', (route) => route.fulfill({ status: 200, contentType: 'application/json', body: '{"events":[],"next":10000}' }))
  await box(page).getByRole('button', { name: 'Events as JSON' }).click()
  await become(() => text(box(page).getByRole('alert')), /10,000 events.*take the events as NDJSON/)
  await narrow(page, 'what went wrong')
  quiet(page)
})

// What is supposed says so by name and within; all of it by the keyboard.
await browse(async (context) => {
  const page = await replay(context, '?branch=no-retraction')
  await page.keyboard.press('x')
  await box(page).waitFor()
  assert.match(await text(box(page)), /HYPOTHETICAL The files say so/)
  const named = new RegExp(`^${talks}_hypothetical-no-retraction_state\\.json$`)
  const state = JSON.parse(await takes(page, 'State', 'json', named, '/state?branch=no-retraction'))
  assert.equal(state.view.branch.hypothetical, true)
  for (const what of ['Replay', 'Events']) {
    const lines = await takes(page, what, 'ndjson', new RegExp(`^${talks}_hypothetical-no-retraction_${what.toLowerCase()}_at-record-\\d+-no-retraction-1\\.ndjson$`), `/${what.toLowerCase()}?branch=no-retraction`)
    for (const line of lines.trim().split('\n')) assert.match(line, /"no-retraction"/)
  }
  await box(page).getByRole('button', { name: 'Events as JSON' }).focus()
  const coming = page.waitForEvent('download')
  await page.keyboard.press('Enter')
  await coming
  await page.keyboard.press('ArrowLeft') // keys do nothing behind it
  assert.equal(new URL(page.url()).searchParams.get('step'), null)
  await narrow(page, 'what can be exported of a branch')
  await accessible(page, 'what can be exported of a branch, narrow')
  await page.keyboard.press('Escape')
  await become(() => box(page).count(), 0)
  quiet(page)

  for (const [query, name, path] of [
    ['compare=no-retraction&other=record&known-by=2025-10-29', `hypothetical-no-retraction_comparison_with-record_known-by-2025-10-29`, 'known-by=2025-10-29'],
    ['compare=no-retraction&other=other', `hypothetical-no-retraction-other_comparison`, 'other=other'],
  ]) {
    const both = await open(context, `/n/${talks}/branches?${query}`)
    await both.locator('[data-side=to] h3').waitFor()
    await both.getByRole('button', { name: 'Export' }).click()
    const diff = JSON.parse(await takes(both, 'Comparison', 'json', new RegExp(`^${talks}_${name}\\.json$`), `/branches/no-retraction/compare?${path}`))
    assert.equal(diff.to.branch.hypothetical, true)
    await accessible(both, 'a comparison to export')
    await narrow(both, 'a comparison to export')
    quiet(both)
  }
}, { colorScheme: 'dark' })
