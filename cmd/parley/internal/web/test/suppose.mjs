// Who may suppose opens branches and drops them; who may not is offered neither.
import assert from 'node:assert/strict'
import { accessible, api, become, browse, open, quiet, talks, text } from './browser.mjs'

const secrets = { analyst: process.env.PARLEY_ANALYST, simulator: process.env.PARLEY_SIMULATOR, dashboard: process.env.PARLEY_DASHBOARD }
const refused = ['status of 401', 'status of 403', 'status of 409', 'status of 422']
const of = `/negotiations/${talks}/branches`
const as = { headers: { Authorization: 'Bearer ' + secrets.analyst, 'Content-Type': 'application/json' } }
const branches = async () => (await api(of + '?dropped=true', as)).branches

// signedIn opens the branches as somebody.
async function signedIn(context, role) {
  const page = await open(context, `/n/${talks}/branches`, refused)
  await page.getByLabel('Secret').fill(secrets[role])
  await page.getByRole('button', { name: 'Sign in' }).click()
  await become(() => text(page.locator('.foot')), new RegExp('signed in as ' + role))
  await page.locator('.empty, tr[data-branch]').first().waitFor()
  return page
}

await browse(async (context) => {
  const page = await signedIn(context, 'analyst')
  await page.getByRole('button', { name: 'Open a branch' }).click()
  const field = (name) => page.locator(`[data-field=${name}]`)
  const opens = () => page.getByRole('button', { name: 'Open the branch' }).click()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'open-branch')

  // What is left out is chosen from the log.
  await page.getByLabel('Search the log').fill('retracted kabul')
  await become(() => field('without').locator('.offered li').count(), 1)
  await page.getByLabel(/Commitment retracted.*s1-retraction/).check()
  await page.getByLabel('Search the log').fill('draft finalized')
  await page.locator('.offered').getByRole('checkbox').first().check()
  assert.equal(await page.locator('.chosen li').count(), 2)
  await page.locator('.chosen').getByRole('button').nth(1).click()
  assert.match(await text(page.locator('.chosen')), /^s1-retraction Commitment retracted, Afghan Taliban, between 27 and 28 Oct 2025 keep it/)

  // All that is wrong is told at once, each at its field.
  await page.getByLabel('Name').fill('No Good')
  await opens()
  await become(() => text(page.getByRole('alert')), /was not opened: 3 faults/)
  for (const [name, wrong] of [['branch', /No Good is no id; write small letters/], ['author', /who opens the branch is missing; write a name/], ['purpose', /what the branch is for is missing/]]) {
    assert.match(await text(field(name).locator('.faults')), wrong)
    const input = field(name).locator('input')
    assert.equal(await input.getAttribute('aria-invalid'), 'true')
    assert.equal(await input.getAttribute('aria-describedby'), await field(name).locator('.faults').getAttribute('id'))
  }
  assert.equal(await field('without').locator('.faults').count(), 0)
  assert.equal(await page.evaluate(() => document.activeElement.id), 'open-branch')
  await accessible(page, 'a form with faults')
  assert.deepEqual(await branches(), [], 'nothing was opened')

  await page.getByLabel('Name').fill('no-retraction')
  await page.getByLabel('Author').fill('A. Reader')
  await page.getByLabel('Purpose').fill('had the confirmation stood')
  await opens()
  await become(() => text(page.locator('.said')), /^Branch no-retraction is open/)
  await become(() => page.locator('tr[data-branch]').count(), 1)
  const [b] = await branches()
  assert.deepEqual([b.branch, b.parent, b.author, b.purpose, b.without, b.followParent], ['no-retraction', 'record', 'A. Reader', 'had the confirmation stood', ['s1-retraction'], undefined])

  // One on that: it is offered, its log is what can be left out, and it can be followed.
  await page.getByRole('button', { name: 'Open a branch' }).click()
  await page.getByLabel('Name').fill('no-retraction')
  await page.getByLabel('Purpose').fill('more of it')
  assert.equal(await page.getByLabel('Author').inputValue(), 'A. Reader', 'he is the same')
  await page.getByLabel('Search the log').fill('s1-retraction')
  await page.getByLabel(/s1-retraction/).check()
  await page.getByLabel('Stands on').selectOption('no-retraction')
  await page.getByLabel(/and follows it/).check()
  await become(() => field('without').locator('.offered li').count(), 0)
  await page.getByLabel('Name').fill('on-that')
  await opens()
  await become(() => text(field('without').locator('.faults')), /s1-retraction names no happening of the parent/)
  await page.locator('.chosen').getByRole('button').click()
  await page.getByLabel('Name').fill('no-retraction')
  await opens()
  await become(() => text(field('branch').locator('.faults')), /the name is taken.*choose another name/)
  await page.getByLabel('Name').fill('on-that')
  await opens()
  await become(() => text(page.locator('tr[data-branch=on-that]')), /no-retraction at #.*, following/)

  // Where it forks: told as soon as it is left that it cannot be there, and what there is.
  const at = page.getByLabel('Forks at')
  const forksWrong = () => text(field('at').locator('.faults'))
  const { view: { position: end } } = await api(`/negotiations/${talks}/state?path=drafts`, as)
  await page.getByRole('button', { name: 'Open a branch' }).click()
  await become(() => at.getAttribute('placeholder'), `its end, ${end}`)
  for (const [written, wrong] of [[String(end + 1), new RegExp(`behind the end of the parent, ${end}`)], ['soon', /is no position: write a number from 1 on/], ['no-retraction:1', /names no-retraction/]]) {
    await at.fill(written)
    await at.press('Tab')
    await become(forksWrong, wrong)
    assert.equal(await at.getAttribute('aria-invalid'), 'true')
  }
  assert.match(await at.getAttribute('aria-describedby'), /open-at-about open-at-wrong/)
  // What the server says of it stands there as well, with all else that is wrong.
  await opens()
  await become(() => text(page.getByRole('alert')), /was not opened: 3 faults/)
  assert.match(await forksWrong(), /no-retraction:1 .*the parent does not stand on/)
  assert.match(await text(field('branch').locator('.faults')), /is no id/)
  await accessible(page, 'a fork that cannot be')
  const early = await api(`/negotiations/${talks}/state/timeline?recorded-by=%2360`, as)
  await at.fill('#60')
  await at.press('Tab')
  await become(() => text(field('at').getByRole('status')), `${early.state.timeline.length} happenings up to there.`)
  await page.getByLabel('Search the log').fill('s1-retraction')
  await become(() => text(field('without').getByRole('status')), /^0 happenings/)
  await page.getByLabel(/and follows it/).check() // then what came later is there to be left out
  await become(() => text(field('without').getByRole('status')), /^1 happening$/)
  await page.getByLabel(/and follows it/).uncheck()
  await page.getByLabel('Name').fill('early')
  await page.getByLabel('Purpose').fill('had it ended there')
  await opens()
  await become(() => text(page.locator('tr[data-branch=early]')), /the record at #60 A\. Reader/)
  assert.equal((await api(`/negotiations/${talks}/state/timeline?branch=early`, as)).state.timeline.length, early.state.timeline.length)

  // On a branch a position has a log for each.
  await page.getByRole('button', { name: 'Open a branch' }).click()
  await page.getByLabel('Stands on').selectOption('no-retraction')
  await become(() => at.getAttribute('placeholder'), `its end, record:${end};no-retraction:1`)
  await at.fill('60')
  await at.press('Tab')
  await become(forksWrong, /60 lies before branch no-retraction; open the branch on what that stands on/)
  await at.fill('no-retraction:1')
  await page.getByLabel(/and follows it/).check()
  await page.getByLabel('Name').fill('at-opening')
  await page.getByLabel('Purpose').fill('as it was opened')
  await page.getByLabel('Name').press('Enter')
  await become(() => text(page.locator('tr[data-branch=at-opening]')), new RegExp(`no-retraction at #record:${end};no-retraction:1, following`))
  await api(`${of}/at-opening?reason=seen`, { ...as, method: 'DELETE' })

  // Dropping is asked for twice, and says why it cannot be.
  const row = (name) => page.locator(`tr[data-branch=${name}]`)
  const box = page.getByRole('dialog')
  const drops = async (name, why) => {
    await row(name).getByRole('button', { name: /Drop/ }).click()
    await box.getByLabel(/Why/).fill(why)
    await box.getByRole('button', { name: 'Drop …' }).click()
  }
  await drops('no-retraction', 'answered')
  await become(() => text(box), /for good\?.*The name stays taken\. Reason: “?answered/)
  await accessible(page, 'asked once more')
  await box.getByRole('button', { name: 'No', exact: true }).click()
  await box.getByRole('button', { name: 'Cancel' }).click()
  assert.equal((await branches()).find((x) => x.branch === 'no-retraction').dropped, undefined)
  await drops('no-retraction', 'answered')
  await box.getByRole('button', { name: 'Yes' }).click()
  await become(() => text(box.getByRole('alert')), /on-that stands on it; drop that first/)
  await box.getByRole('button', { name: 'Cancel' }).click()
  await drops('on-that', 'x'.repeat(1001))
  await box.getByRole('button', { name: 'Yes' }).click()
  await become(() => text(box.locator('.faults')), /1000|1,000/)
  await box.getByLabel(/Why/).fill('answered')
  await box.getByRole('button', { name: 'Drop …' }).click()
  await box.getByRole('button', { name: 'Yes' }).click()
  await become(() => text(row('on-that')), /dropped \d{4}-.*: answered/)
  assert.match(await text(page.locator('.said')), /Branch on-that is dropped/)
  assert.equal((await branches()).find((x) => x.branch === 'on-that').reason, 'answered')
  quiet(page)
})

// A simulator supposes, and drops nothing of others.
await browse(async (context) => {
  const page = await signedIn(context, 'simulator')
  await page.getByRole('button', { name: 'Open a branch' }).waitFor()
  await page.getByRole('button', { name: 'Drop … no-retraction' }).click()
  const box = page.getByRole('dialog')
  await box.getByRole('button', { name: 'Drop …' }).click()
  await become(() => text(box), /No reason is given/)
  await box.getByRole('button', { name: 'Yes' }).click()
  await become(() => text(box.getByRole('alert')), /Not allowed.*a simulator changes only branches of its own/)
  quiet(page)
})

await browse(async (context) => {
  const page = await signedIn(context, 'dashboard')
  await page.getByRole('link', { name: /Compare no-retraction/ }).waitFor()
  assert.equal(await page.locator('main').getByRole('button').count(), 0, 'it only looks')
  quiet(page)
})
