// The view: two clocks, whom to believe, what is supposed; and what is said where the
// question is wrong or nothing is left.
import assert from 'node:assert/strict'
import { api, become, browse, current, open, quiet, replay, settled, talks, text } from './browser.mjs'

const refused = ['status of 400', 'status of 404']

await browse(async (context) => {
  const page = await replay(context, '', refused)
  const set = async (label, value) => {
    const field = page.getByLabel(`${label}: date`)
    await field.fill(value)
    await field.press('Enter')
  }
  const events = async () => Number(/(\d+) steps?/.exec(await text(page.locator('.log h2')))?.[1])
  const all = await events()

  // Known by: what was reported later is not there, not even as a reason.
  await page.locator('.log .row').first().waitFor()
  await set('Known by', '2025-10-28')
  const known = await api(`/negotiations/${talks}/replay?known-by=2025-10-28`)
  await become(events, known.steps.length)
  assert.ok(known.steps.length < all)
  assert.equal(new URL(page.url()).searchParams.get('known-by'), '2025-10-28')
  await settled(page)
  const shown = await page.locator('.log .row').evaluateAll((rows) => rows.map((r) => r.dataset.event))
  assert.deepEqual(shown, known.steps.map((s) => s.event))
  const body = await page.locator('main').innerText()
  assert.doesNotMatch(body, /only to retract minutes later/, 'no hindsight')
  assert.match(await text(page.locator('.top')), new RegExp(`${known.view.hidden} hidden`))
  assert.match(await text(page.locator('.chip')), /REPLAY/)
  await page.getByRole('button', { name: 'Known by: any time' }).click()
  await become(events, all)

  // Happened by, with the slider: each of its days is a cut.
  const slider = page.getByRole('slider', { name: 'Happened by' })
  await slider.focus()
  await page.keyboard.press('ArrowLeft')
  await become(() => new URL(page.url()).searchParams.has('as-of'), true)
  const day = new URL(page.url()).searchParams.get('as-of')
  assert.match(day, /^\d{4}-\d\d-\d\d$/)
  assert.equal(await slider.getAttribute('aria-valuetext'), day)
  await become(events, (await api(`/negotiations/${talks}/replay?as-of=${day}`)).steps.length)
  // A clock also takes an event. Going back leads to the clock before.
  await set('Happened by', '@s1-verbal-confirmation')
  await become(events, (await api(`/negotiations/${talks}/replay?as-of=@s1-verbal-confirmation`)).steps.length)
  await page.goBack()
  await become(() => page.getByLabel('Happened by: date').inputValue(), day)
  await page.getByRole('button', { name: 'Happened by: any time' }).click()
  await become(events, all)

  // A lens by name, and one that is wrong: the problem with its place, beside the field.
  await page.keyboard.press('l')
  await page.getByLabel('Preset lens').selectOption('source.side != "pakistan"')
  await become(events, (await api(`/negotiations/${talks}/replay?lens=${encodeURIComponent('source.side != "pakistan"')}`)).steps.length)
  assert.match(await text(page.locator('.top .view')), /believing source\.side != "pakistan"/)
  await page.locator('#lens').fill('source.sid == 1')
  await page.locator('#lens').press('Enter')
  const wrong = page.locator('#lens-wrong')
  await become(() => text(wrong), /column 1: no such field source\.sid/)
  assert.equal(await page.locator('#lens').getAttribute('aria-invalid'), 'true')
  await become(() => page.getByRole('alert').count(), 1, 'how often it is said')
  await wrong.getByRole('button', { name: 'Clear the lens' }).click()
  await become(() => wrong.count(), 0)
  await become(events, all)

  // Another part that is wrong, and one that leaves nothing.
  await set('Happened by', 'soon')
  await become(() => text(page.locator('.trouble')), /as-of .*soon.* write 2025-10-28/)
  await page.getByRole('button', { name: 'Clear the view' }).click()
  await become(events, all)
  await set('Known by', '1999-01-01')
  const empty = page.locator('.log .empty')
  await become(() => text(empty), /This view leaves no event.*known-by=1999-01-01/)
  await empty.getByRole('button', { name: 'clear', exact: true }).click()
  await become(events, all)
  quiet(page)

  // What is not there is said, with what there is instead.
  const lost = await open(context, '/n/no-such-talks', refused)
  await become(() => text(lost.locator('.trouble')), new RegExp(`Not found.*no-such-talks.*${talks}`))
  await lost.getByRole('link', { name: 'All negotiations' }).click()
  await lost.locator('.card').waitFor()
  const unknown = await open(context, `/n/${talks}?step=no-such-step`, refused)
  await become(() => text(unknown.locator('.state .trouble')), /step "no-such-step" not found in this view/)
  assert.equal(await unknown.locator('.matrix').count(), 0, 'no state is shown for a step that is not')
  assert.match(await text(unknown.locator('.where')), /a step outside this view/)
  quiet(unknown)
})

// Supposed on a branch: a mode that cannot be mistaken.
await browse(async (context) => {
  await api(`/negotiations/${talks}/branches`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ branch: 'no-retraction', without: ['s1-retraction'], author: 'A. Reader', purpose: 'had the confirmation stood' }),
  })
  const page = await replay(context)
  await page.keyboard.press('b')
  await page.locator('#branch').selectOption('no-retraction')
  await page.locator('.bar.hypothetical').waitFor()
  await settled(page)
  await become(() => text(page.locator('.chip')), /HYPOTHETICAL/)
  assert.match(await text(page.locator('.bar.hypothetical')), /no-retraction leaves record at #\d+ ?; by A\. Reader: .*had the confirmation stood/)
  assert.match(await page.title(), /^HYPOTHETICAL · /)
  assert.match(await page.locator('.page').evaluate((el) => getComputedStyle(el).backgroundImage), /repeating-linear-gradient/)
  await become(() => text(page.locator('[data-version="drafts/istanbul-draft/versions/3"] .explain')), 'verbally confirmed')
  assert.equal(new URL(page.url()).searchParams.get('branch'), 'no-retraction')
  await page.getByRole('button', { name: 'Back to the record' }).click()
  await become(() => text(page.locator('[data-version="drafts/istanbul-draft/versions/3"] .explain')), 'finalized')
  assert.doesNotMatch(await page.title(), /HYPOTHETICAL/)
  assert.ok(await current(page))
  quiet(page)
})
