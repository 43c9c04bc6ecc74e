// A long negotiation: the log is a window on it, and so is what is loaded.
import assert from 'node:assert/strict'
import { become, browse, current, quiet, replay, settled, text } from './browser.mjs'

await browse(async (context) => {
  const page = await replay(context)
  const began = performance.now()
  const rows = page.locator('.log .row')
  assert.equal(await current(page), 'e-1499')
  const inSight = async () => {
    const n = await rows.count()
    assert.ok(n > 5 && n < 60, `${n} rows are in the document`)
  }
  await inSight()
  assert.equal(await rows.first().getAttribute('aria-setsize'), '1500')

  // Scrubbed quickly, it asks for few states, and ends at the one that is meant.
  let asked = 0
  page.on('request', (r) => { if (r.url().includes('/state?')) asked++ })
  const slider = page.getByRole('slider', { name: 'Step' })
  await slider.evaluate(async (el) => {
    for (let i = 0; i <= 700; i += 2) {
      el.value = String(i)
      el.dispatchEvent(new InputEvent('input', { bubbles: true }))
      if (i % 20 === 0) await new Promise((done) => requestAnimationFrame(done))
    }
  })
  await become(() => current(page), 'e-0700')
  await settled(page)
  assert.ok(asked < 200, `${asked} states were asked for, for 351 steps`)
  await inSight()
  assert.ok(await page.locator('.log .row.here').isVisible(), 'the current row is in sight')
  // The table has the south speak of proposition 4 there.
  assert.match(await text(page.locator('.changes')), /South · Proposition 4 holds · stance/)
  await page.keyboard.press('Home')
  await become(() => current(page), 'e-0000')
  await settled(page)
  assert.equal(await page.locator('.cell').count(), 1)
  await page.locator('.log .rows').evaluate((el) => { el.scrollTop = el.scrollHeight / 2 })
  await become(async () => Number(await rows.first().getAttribute('aria-posinset')) > 600, true)
  await inSight()
  await page.locator('body').click({ position: { x: 5, y: 5 } })
  for (let i = 0; i < 9; i++) await page.keyboard.press(']')
  await page.keyboard.press('Space')
  await become(async () => Number((await text(page.locator('.where b'))).split(' ')[1]) > 100, true, 'it plays on')
  await inSight()
  await page.keyboard.press('Space')
  quiet(page)
  if (process.env.PARLEY_TELL) console.error(`${asked} states, ${Math.round(performance.now() - began)} ms`)
})
