// The replay of a branch goes on with the branch and with the parent that it follows,
// moves nothing that is looked at, and says when the branch is no more.
import assert from 'node:assert/strict'
import { accessible, api, become, browse, current, quiet, replay, talks, text } from './browser.mjs'

const post = (path, body) => api(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
const of = `/negotiations/${talks}`
const opens = (branch, more) => post(`${of}/branches`, { branch, author: 'A. Reader', purpose: 'to be followed', ...more })
const drops = (branch) => api(`${of}/branches/${branch}?reason=settled`, { method: 'DELETE' })
let n = 0
const says = async (branch) => {
  const key = `said-${++n}`
  await post(`${of}/${branch ? `branches/${branch}/` : ''}events`, { key, type: 'StatementIssued', occurred: `2025-12-${String(n).padStart(2, '0')}`, actors: ['pakistan'], source: { quote: `word ${n}` } })
  return key
}
await opens('alone', { without: ['s1-retraction'] })
await opens('follows', { followParent: true })
await opens('on-that', { parent: 'alone', followParent: true })

await browse(async (context) => {
  const [alone, follows, onThat] = await Promise.all(['alone', 'follows', 'on-that'].map((b) => replay(context, `?branch=${b}`)))
  const news = (page) => page.locator('.bar.news')
  for (const page of [alone, follows, onThat]) await page.bringToFront()

  // At the live end what is supposed is shown as it comes, also by who follows it.
  await onThat.bringToFront()
  const first = await says('alone')
  await become(() => current(onThat), first)
  await become(() => text(onThat.locator('#why')), new RegExp(`word ${n}`))
  await alone.bringToFront()
  await become(() => current(alone), first)
  assert.match(await text(alone.locator('.chip')), /HYPOTHETICAL/)

  // What is recorded comes to the branch that follows the record, and to no other.
  const recorded = await says('')
  await follows.bringToFront()
  await become(() => current(follows), recorded)
  await alone.bringToFront()
  const own = await says('alone')
  await become(() => current(alone), own)
  assert.equal(await alone.locator(`.row[data-event=${recorded}]`).count(), 0)

  // Who looks at a step is told how much has come, and not moved.
  await alone.getByRole('button', { name: 'Step before' }).click()
  const here = await current(alone)
  for (const event of [
    { key: 'reg', type: 'NegotiationRegistered', act: { title: 'Other talks', timeZone: 'UTC' } },
    { key: 'reg-a', type: 'ActorRegistered', act: { actor: 'east', name: 'East', kind: 'party' } },
    { key: 'said', type: 'StatementIssued', occurred: '2025-12-01', actors: ['east'] },
  ]) await post('/negotiations/other/events', event)
  await says('alone')
  await become(() => text(news(alone)), /^1 new entry on alone/)
  const last = await says('alone')
  await become(() => text(news(alone)), /^2 new entries on alone/)
  assert.equal(await current(alone), here)
  await accessible(alone, 'a branch that has gone on')
  await news(alone).getByRole('button').focus()
  await alone.keyboard.press('Enter')
  await become(() => current(alone), last)
  await become(() => news(alone).count(), 0)

  // Nor is who has scrolled away from the end of the log.
  await alone.locator('.log .rows').evaluate((el) => { el.scrollTop = 0 })
  await become(() => alone.locator('.log .row').first().getAttribute('aria-posinset'), '1')
  const more = await says('alone')
  await become(() => text(news(alone)), /^1 new entry on alone/)
  assert.equal(await alone.locator('.log .rows').evaluate((el) => el.scrollTop), 0)
  await news(alone).getByRole('button').click()
  await become(() => current(alone), more)
  await become(() => news(alone).count(), 0)

  // Pinned, it shows the same though the branch goes on.
  const pin = (await api(`${of}/state?path=drafts&branch=alone`)).view.branch.position
  const pinned = await replay(context, `?branch=alone&recorded-by=${encodeURIComponent('#' + pin)}`)
  await says('alone')
  await alone.bringToFront()
  await become(() => current(alone), `said-${n}`)
  assert.equal(await current(pinned), more)
  assert.equal(await news(pinned).count(), 0)
  quiet(pinned)

  // Many tabs share what they are told by: each is served, and none waits for another.
  const many = []
  for (let i = 0; i < 8; i++) many.push(await replay(context, `?branch=${i % 2 ? 'alone' : 'on-that'}`))
  await Promise.all(many.map((page) => become(() => text(page.locator('.chip')), /HYPOTHETICAL/)))
  await says('alone')
  for (const page of many) {
    await become(() => current(page), `said-${n}`)
    quiet(page)
    await page.close()
  }

  // A branch that is dropped is said to be, and stays as it was shown.
  await follows.bringToFront()
  await drops('follows')
  await become(() => text(follows.locator('.bar.dropped')), /branch follows .* was dropped: settled\. What is shown is how it stood/)
  assert.equal(await current(follows), recorded)
  assert.equal(await follows.locator('.trouble').count(), 0)
  await accessible(follows, 'a branch that was dropped')
  await says('')
  await follows.getByRole('link', { name: 'All branches' }).click()
  await follows.locator('tr[data-branch=alone]').waitFor()
  for (const page of [alone, follows, onThat]) quiet(page)
})

// Dropped while nothing was heard: the stream is refused, and the page finds out why.
// Here without a worker, as in browsers that have none.
await browse(async (context) => {
  await context.addInitScript(() => { delete window.SharedWorker })
  const alone = await replay(context, '?branch=alone')
  await says('alone')
  await become(() => current(alone), `said-${n}`)
  quiet(alone)
  await alone.close()
  await context.route('**/v1/stream*', (route) => route.fulfill({ status: 503, body: '' }))
  const page = await replay(context, '?branch=on-that', ['status of 503', 'status of 404'])
  await become(() => text(page.locator('.bar.lost')), /Disconnected.*What is shown stays/)
  assert.match(await text(page.locator('.chip')), /HYPOTHETICAL/)
  await drops('on-that')
  await become(() => text(page.locator('.bar.lost')), /branch on-that .* was dropped: settled/)
  quiet(page)
})
