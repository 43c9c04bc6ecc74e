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
  assert.deepEqual([b.branch, b.parent, b.author, b.purpose, b.without], ['no-retraction', 'record', 'A. Reader', 'had the confirmation stood', ['s1-retraction']])

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
  assert.equal((await branches()).filter((x) => x.dropped).length, 0)
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
