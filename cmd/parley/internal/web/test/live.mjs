// What another process records is shown as it comes, and moves nothing that is looked at.
import assert from 'node:assert/strict'
import { api, become, browse, current, quiet, replay, talks, text } from './browser.mjs'

let n = 0
const record = async () => {
  n++
  await api(`/negotiations/${talks}/events`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ key: `live-${n}`, type: 'StatementIssued', occurred: `2025-12-0${n}`, reported: `2025-12-0${n}`, actors: ['pakistan'], source: { document: 'wire', quote: `word ${n}` } }),
  })
  return `live-${n}`
}

await browse(async (context) => {
  const page = await replay(context)
  const chip = () => text(page.locator('.chip'))
  const connected = () => page.evaluate(() => document.querySelector('.chip')?.textContent)
  await become(connected, /LIVE/)
  // At the live end what comes is shown at once, with its words.
  const first = await record()
  await become(() => current(page), first)
  await become(() => text(page.locator('#why')), /word 1/)
  assert.match(await chip(), /LIVE/)

  // A second tab shares the connection, and sees the same.
  const other = await replay(context)
  const second = await record()
  await become(() => current(page), second)
  await become(() => current(other), second)
  quiet(other)
  await other.close()

  // Who looks at a step is told, and not moved.
  await page.getByRole('button', { name: 'Step before' }).click()
  await become(chip, /REPLAY/)
  const here = await current(page)
  // What is recorded of other talks takes positions too, and is no news of these.
  for (const event of [
    { key: 'reg', type: 'NegotiationRegistered', act: { title: 'Other talks', timeZone: 'UTC' } },
    { key: 'reg-a', type: 'ActorRegistered', act: { actor: 'east', name: 'East', kind: 'party' } },
    { key: 'said', type: 'StatementIssued', occurred: '2025-12-01', actors: ['east'] },
  ]) await api('/negotiations/other/events', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(event) })
  await record()
  const news = page.locator('.bar.news')
  await become(() => text(news), /1 new entry in the record/)
  await record()
  await become(() => text(news), /2 new entries in the record/)
  assert.equal(await current(page), here)
  await news.getByRole('button').click()
  await become(() => current(page), `live-${n}`)
  await become(chip, /LIVE/)
  assert.equal(await news.count(), 0)

  // Nor is who has scrolled away from the end of the log.
  await page.locator('.log .rows').evaluate((el) => { el.scrollTop = 0 })
  await page.locator('.log .row').first().waitFor()
  await become(() => page.locator('.log .row').first().getAttribute('aria-posinset'), '1')
  const fourth = n
  await record()
  await become(() => text(news), /1 new entry/)
  await become(chip, /STALE/)
  assert.equal(await page.locator('.log .rows').evaluate((el) => el.scrollTop), 0)
  assert.equal(await page.locator('.log .row[data-event="live-' + fourth + '"]').count(), 0)
  await page.locator('.log .rows').evaluate((el) => { el.scrollTop = el.scrollHeight })
  await become(() => page.locator('.log .row').last().getAttribute('data-event'), `live-${n}`)

  // Pinned, it shows the same though the record goes on.
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Pin this view' }).click()
  await become(() => text(page.locator('.copied')), /Pinned at record #\d+/)
  const pinned = new URL(await page.evaluate(() => navigator.clipboard.readText()))
  const last = `live-${n}`
  assert.match(pinned.searchParams.get('recorded-by'), /^#\d+$/)
  assert.equal(pinned.searchParams.get('step'), last)
  await page.getByRole('button', { name: 'Live link' }).click()
  await become(() => text(page.locator('.copied')), /Live address/)
  const live = new URL(await page.evaluate(() => navigator.clipboard.readText()))
  assert.equal(live.search, '')
  await record()
  const old = await replay(context, pinned.search)
  assert.equal(await current(old), last)
  assert.equal(await old.locator('.log .row[data-event="live-' + n + '"]').count(), 0)
  quiet(old)

  // A record that does not rest is shown all the same, a little behind.
  const day = (i) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10)
  await page.route('**/state/timeline*', async (route) => { // more comes while an answer is on its way
    const response = await route.fetch()
    await new Promise((done) => setTimeout(done, 500))
    await route.fulfill({ response })
  })
  let shown = false
  let i = 0
  for (; i < 600 && !shown; i++) {
    await api(`/negotiations/${talks}/events`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ key: `burst-${i}`, type: 'StatementIssued', occurred: day(i), reported: day(i), actors: ['pakistan'] }),
    })
    shown = /^burst-/.test(await current(page))
  }
  assert.ok(shown, 'nothing of 600 events was shown while they came')
  await become(() => current(page), `burst-${i - 1}`, 'when it rests, the last')
  await become(chip, /LIVE/)
  quiet(page)
})
