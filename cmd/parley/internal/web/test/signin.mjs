// Where the server asks who looks, the page asks for the secret, and is let in as far as
// that goes.
import assert from 'node:assert/strict'
import { accessible, become, browse, open, settled, talks, text } from './browser.mjs'

const refused = ['status of 401', 'status of 403']
const secret = process.env.PARLEY_SECRET

await browse(async (context) => {
  const page = await open(context, `/n/${talks}?step=s1-retraction`, refused)
  await become(() => page.locator('h1').innerText(), 'Who are you?')
  assert.doesNotMatch(await page.locator('body').innerText(), /Pakistan|Taliban/, 'nothing of the record is shown')
  await accessible(page, 'signing in')
  await page.getByLabel('Secret').fill('guessed')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await become(() => text(page.getByRole('alert')), /Nobody knows who asks: the secret is not known here/)
  await page.getByLabel('Secret').fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await settled(page)
  assert.equal(new URL(page.url()).searchParams.get('step'), 's1-retraction', 'one is where one wanted to be')
  await become(() => text(page.locator('.foot')), /signed in as dashboard/)

  // No script can read what was given for it, and it is kept for no later session.
  const cookies = await context.cookies()
  assert.equal(cookies.length, 1)
  assert.ok(cookies[0].httpOnly && cookies[0].sameSite === 'Strict' && cookies[0].expires === -1)
  assert.equal(await page.evaluate(() => document.cookie), '')
  assert.ok(!cookies[0].value.includes(secret))
  assert.equal(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })), '{}')

  // It is good for the stream, and for no more than the role.
  await page.getByRole('button', { name: 'Return to live' }).click()
  await become(() => text(page.locator('.chip')), /LIVE/)
  await page.reload()
  await settled(page)
  const status = await page.evaluate(async (n) => (await fetch(`/v1/negotiations/${n}/events`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"type":"StatementIssued","occurred":"2025-12-01","actors":["pakistan"]}',
  })).status, talks)
  assert.equal(status, 403)

  await page.getByRole('button', { name: 'Sign out' }).click()
  await become(() => page.locator('h1').innerText(), 'Who are you?')
  await page.reload()
  await become(() => page.locator('h1').innerText(), 'Who are you?')
  assert.deepEqual(page.complaints, [])
})
