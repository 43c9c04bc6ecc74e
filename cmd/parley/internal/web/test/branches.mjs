// What is supposed: the branches in pages, two sides compared, and what comes of them
// elsewhere.
import assert from 'node:assert/strict'
import { accessible, api, become, browse, open, quiet, settled, talks, text } from './browser.mjs'

const of = `/negotiations/${talks}`
const json = { 'Content-Type': 'application/json' }
const opens = (branch, more = {}) => api(`${of}/branches`, { method: 'POST', headers: json, body: JSON.stringify({ branch, author: 'A. Reader', purpose: 'to be looked at', ...more }) })
const appends = (branch, event) => api(`${of}/branches/${branch}/events`, { method: 'POST', headers: json, body: JSON.stringify(event) })
const signs = { key: 'then-signed', type: 'AgreementSigned', occurred: '2025-10-29', actors: ['pakistan', 'afghan-taliban'], act: { draft: 'istanbul-draft', version: 3, form: 'signature' } }
const says = (key) => ({ key, type: 'StatementIssued', occurred: '2025-12-01', actors: ['pakistan'] })
const search = (page) => new URL(page.url()).searchParams

// The list: in pages, by name, the dropped ones on demand.
await browse(async (context) => {
  const page = await open(context, `/n/${talks}/branches`)
  await become(() => text(page.locator('.empty')), /Nothing is supposed yet/)
  for (let i = 0; i < 12; i++) await opens(`b-${String(i).padStart(2, '0')}`)
  await opens('no-retraction', { without: ['s1-retraction'], author: 'B. Other', purpose: 'had the confirmation stood' })
  await api(`${of}/branches/b-03?reason=answered`, { method: 'DELETE' })
  await page.reload()
  const names = () => page.locator('tr[data-branch]').evaluateAll((rows) => rows.map((r) => r.dataset.branch).join(' '))
  await become(names, 'b-00 b-01 b-02 b-04 b-05 b-06 b-07 b-08 b-09 b-10')
  await page.getByRole('link', { name: 'Next page' }).click()
  await become(names, 'b-11 no-retraction')
  assert.equal(search(page).get('after'), 'b-10')
  const row = page.locator('tr[data-branch=no-retraction]')
  assert.match(await text(row), /no-retraction the record at #\d+ without s1-retraction B\. Other “?had the confirmation stood”? 0 \d{4}-\d\d-\d\d \d\d:\d\dZ/)
  await page.goBack()
  await become(names, 'b-00 b-01 b-02 b-04 b-05 b-06 b-07 b-08 b-09 b-10')
  await page.getByLabel('the dropped ones too').check()
  await become(names, 'b-00 b-01 b-02 b-03 b-04 b-05 b-06 b-07 b-08 b-09')
  assert.match(await text(page.locator('tr[data-branch=b-03]')), /dropped \d{4}-.*: answered/)
  assert.equal(await page.locator('tr[data-branch=b-03]').getByRole('link').count(), 0, 'nothing of it can be looked at')
  await page.getByLabel('the dropped ones too').uncheck()

  // What happens to them elsewhere is shown, and takes nothing away.
  await become(() => text(page.locator('.pages')), /shown as it comes/)
  await appends('b-01', says('more'))
  await become(() => text(page.locator('tr[data-branch=b-01] td[data-label="Own events"]')), /^1 ◆ ?more have come$/)
  await api(`${of}/branches/b-02?reason=no%20use`, { method: 'DELETE' })
  await become(() => text(page.locator('tr[data-branch=b-02]')), /dropped: no use/)
  await accessible(page, 'the branches')

  // Each leads to the replay and to a comparison.
  await page.getByRole('link', { name: 'Next page' }).click()
  await row.getByRole('link', { name: /Replay/ }).click()
  await settled(page)
  assert.equal(new URL(page.url()).pathname, `/n/${talks}`)
  assert.equal(search(page).get('branch'), 'no-retraction')
  await page.getByRole('link', { name: 'Compare with the record' }).click()
  await page.locator('[data-thing]').first().waitFor()
  assert.deepEqual([...search(page)], [['compare', 'no-retraction'], ['other', 'record']])
  await page.getByRole('link', { name: 'All branches' }).click()
  await become(names, 'b-00 b-01 b-04 b-05 b-06 b-07 b-08 b-09 b-10 b-11')
  quiet(page)
})

// A comparison: where the sides part, what differs and why.
await browse(async (context) => {
  await appends('no-retraction', signs)
  const told = await api(`${of}/branches/no-retraction/compare`)
  const page = await open(context, `/n/${talks}/branches?compare=no-retraction&other=record`)
  const value = (path, side) => page.locator(`tr[data-path="${path}"] td`).nth(side)
  const stands = 'drafts/istanbul-draft/versions/3/stands'
  await become(() => text(value(stands, 0)), 'finalized')
  assert.equal(await text(value(stands, 1)), 'signed')
  assert.match(await text(value(stands, 2)), /supposed/)
  assert.match(await text(value(stands, 3)), /s1-retraction.*then-signed/)
  for (let more = page.locator('tr.rest button'); await more.count() > 0;) await more.first().click()
  assert.equal(await page.locator('tr[data-path]').count(), told.changes.length, 'every difference that the API tells')
  assert.equal(await page.locator('tr[data-path]').evaluateAll((rows) => rows.filter((r) => r.querySelectorAll('.by a').length === 0).length), 0)

  // It says that it is supposed, by whom and what for.
  assert.match(await page.title(), /^HYPOTHETICAL · /)
  assert.match(await text(page.locator('.bar.hypothetical')), /HYPOTHETICAL.*no-retraction is supposed; the other side is the record/)
  const branch = page.locator('[data-side=to]')
  assert.match(await text(branch), /HYPOTHETICAL: branch no-retraction Leaves the record at #\d+ Author B\. Other Purpose “?had the confirmation stood”? Without s1-retraction/)
  assert.match(await text(page.locator('[data-side=from]')), /^The record As its sources tell it/)
  for (const hatched of [page.locator('.sheet'), branch]) assert.match(await hatched.evaluate((el) => getComputedStyle(el).backgroundImage), /repeating-linear-gradient/)

  // The first divergence has the steps of the replays, and leads there.
  const first = async (way) => /step (\d+) of/.exec(await text(page.locator(`[data-way=${way}]`)))?.[1]
  for (const [way, query, event] of [['from', '', 's1-retraction'], ['to', '?branch=no-retraction', 'then-signed']]) {
    const { state } = await api(`${of}/state/timeline${query}`)
    await become(() => first(way), String(1 + state.timeline.findIndex((h) => h.event === event)))
  }
  await accessible(page, 'a comparison')
  await page.locator('[data-way=to]').getByRole('link').click()
  await settled(page)
  assert.deepEqual([search(page).get('branch'), search(page).get('step')], ['no-retraction', 'then-signed'])
  await page.goBack()
  await become(() => text(value(stands, 0)), 'finalized')
  await value(stands, 0).getByRole('link').click()
  await settled(page)
  assert.deepEqual([search(page).get('branch'), search(page).get('sel')], [null, stands])
  await page.goBack()

  // Another branch in place of the record: both are supposed.
  await page.getByLabel('Compare no-retraction with').selectOption('b-01')
  await become(() => text(page.locator('[data-side=from]')), /HYPOTHETICAL: branch b-01/)
  assert.match(await text(page.locator('.bar.hypothetical')), /Both sides are branches/)
  await become(() => search(page).get('other'), 'b-01')

  // A clock cuts both sides; why they differ is then another matter.
  const cut = await open(context, `/n/${talks}/branches?compare=no-retraction&other=record&as-of=2025-10-28`)
  await become(() => text(cut.locator('.top .view')), /both sides happened by 2025-10-28/)
  await become(() => text(cut.locator('[data-way=to]')), /has nothing that the other has not/, 'what was signed after that')
  quiet(cut)
  quiet(page)
})

// While it is looked at: what comes waits until it is wanted, and what is dropped stays.
await browse(async (context) => {
  const page = await open(context, `/n/${talks}/branches?compare=b-04&other=b-05`)
  await become(() => text(page.locator('.compare')), /No value differs/)
  await appends('b-04', says('later'))
  const news = page.locator('.bar.news')
  await become(() => text(news), /^b-04 has gone on since/)
  assert.match(await text(page.locator('.compare')), /No value differs/, 'nothing moves by itself')
  await news.getByRole('button', { name: 'Compare again' }).click()
  await become(() => text(page.locator('[data-way=to]')), /Statement issued later/)
  await become(() => news.count(), 0)
  await api(`${of}/branches/b-05?reason=settled`, { method: 'DELETE' })
  await become(() => text(page.locator('.bar.dropped')), /b-05.* was dropped: settled/)
  assert.match(await text(page.locator('[data-way=to]')), /Statement issued later/)

  // What is not there is said.
  const lost = await open(context, `/n/${talks}/branches?compare=no-such-branch`, ['status of 404'])
  await become(() => text(lost.locator('.trouble')), /Not found.*no-such-branch/)
  quiet(lost)
  quiet(page)
})

// Nothing tells of a branch that is opened elsewhere, so the list is read again after a
// while.
await browse(async (context) => {
  await context.clock.install()
  const page = await open(context, `/n/${talks}/branches`)
  await page.locator('tr[data-branch=b-00]').waitFor()
  await opens('a-new-one')
  await context.clock.fastForward(20_000)
  await page.locator('tr[data-branch=a-new-one]').waitFor()
  quiet(page)
})
