// How the server stands: what it tells is shown, as it changes, and what is wrong is seen.
import assert from 'node:assert/strict'
import { accessible, api, become, browse, open, quiet, talks, text } from './browser.mjs'

await api(`/negotiations/${talks}/branches`, {
  method: 'POST', headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ branch: 'no-retraction', without: ['s1-retraction'], author: 'A. Reader', purpose: 'had the confirmation stood' }),
})
const narrow = async (page, what) => {
  await page.setViewportSize({ width: 400, height: 800 })
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  const [scroll, width] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
  assert.ok(scroll <= width, `${what} is ${scroll} px wide in a window of ${width}`)
}

await browse(async (context) => {
  const list = await open(context, '/')
  await list.getByRole('link', { name: 'System' }).click()
  const page = list
  assert.equal(new URL(page.url()).pathname, '/system')
  const told = await api('/system')
  const row = page.locator(`tr[data-negotiation="${talks}"]`)
  await become(() => text(row), new RegExp(`^${talks} #${told.projections.head} of #${told.projections.head} none ${told.negotiations[0].entries} [\\d,]+ none$`))
  const server = page.locator('[aria-labelledby=ready-title]')
  assert.match(await text(server), new RegExp(`Ready ●? ?yes.*Projections ●? ?followed Version ${told.projections.version} .*up to date.*Streams 0 of at most`))
  assert.match(await text(page.locator('[aria-labelledby=followed-title]')), /0 of at most \d+.*Nobody watches a branch/)
  await accessible(page, 'the system')

  // Whoever watches a branch is seen here without anything being done.
  const other = await open(context, `/n/${talks}/branches?compare=no-retraction`)
  await other.locator('[data-way=from] a').waitFor()
  await page.bringToFront()
  await become(() => text(page.locator('tr[data-branch=no-retraction]')), new RegExp(`no-retraction ${talks} record:\\d+;no-retraction:1 1 stream none`))
  await become(() => text(server), /Streams 1 of/)
  await other.close()

  await page.getByLabel(/only those that lag/).check()
  await become(() => text(page.locator('[aria-labelledby=projected-title]')), /None lags behind, and all can be folded/)
  assert.equal(new URL(page.url()).search, '?troubled')
  quiet(page)
})

// What is wrong is said with its reason. The server is well, so its answer is altered.
for (const colorScheme of ['light', 'dark']) {
  await browse(async (context) => {
    await context.route('**/v1/system?*', async (route) => {
      const answer = await route.fetch()
      const told = await answer.json()
      Object.assign(told, { ready: false, notReady: 'something of the log is lost' })
      Object.assign(told.projections, { faults: 1, lag: 3, unpublished: true, unpublishedWhy: 'it is not taken' })
      Object.assign(told.negotiations[0], { position: 180, lag: 1000, parked: 2, fault: 'it broke', faultAt: 181 })
      told.branches.followed = [{ negotiation: talks, branch: 'b1', hypothetical: true, watchers: 0, fault: 'it broke as well' }]
      await route.fulfill({ response: answer, json: told })
    })
    const page = await open(context, '/system')
    await become(() => text(page.locator(`tr[data-negotiation="${talks}"]`)), /#180 of #\d+ 1,000 entries or more \d+, 2 parked \d+ ⚠ it broke \(at #181\)$/)
    assert.match(await text(page.locator('[aria-labelledby=ready-title]')), /Ready ⚠ no: something of the log is lost.*1 negotiation cannot be folded.*3 positions behind.*Published ⚠ not, or not all: it is not taken/)
    assert.match(await text(page.locator('tr[data-branch=b1]')), /not folded yet nobody; kept warm for a while ⚠ it broke as well/)
    await accessible(page, `a system in trouble, ${colorScheme}`)
    await narrow(page, 'the system')
    await accessible(page, `a system in trouble, narrow, ${colorScheme}`)
    quiet(page)
  }, { colorScheme })
}
