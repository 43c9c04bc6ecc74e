// Beside what a branch supposes stands what the record says, wherever that is something
// else, at every step.
import assert from 'node:assert/strict'
import { accessible, api, become, browse, quiet, replay, settled, talks, text } from './browser.mjs'

const post = (path, body) => api(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
const of = `/negotiations/${talks}`
const search = (page) => Object.fromEntries(new URL(page.url()).searchParams)
await post(`${of}/branches`, { branch: 'no-retraction', without: ['s1-retraction'], author: 'A. Reader', purpose: 'had the confirmation stood' })
await post(`${of}/branches/no-retraction/events`, [
  { key: 'then-signed', type: 'AgreementSigned', occurred: '2025-10-29', actors: ['pakistan', 'afghan-taliban'], act: { draft: 'istanbul-draft', version: 3, form: 'signature' } },
  { key: 'then-kept', type: 'CeasefireStatusDeclared', occurred: '2025-11-30', actors: ['pakistan', 'afghan-taliban'], act: { ceasefire: 'border-ceasefire', status: 'holding' } },
])

const told = (page) => page.locator('.ghost[data-ghost]').evaluateAll((all) => all.map((el) => el.dataset.ghost))
const ghost = (page, path) => page.locator(`[data-ghost="${path}"]`)
const differing = (page) => page.locator('.beside').getAttribute('data-differing')
const beside = async (page) => { await settled(page); await page.locator('.beside[aria-busy=false]').waitFor() }
const narrow = async (page, what) => {
  await page.setViewportSize({ width: 400, height: 800 })
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  const [scroll, width] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
  assert.ok(scroll <= width, `${what} is ${scroll} px wide in a window of ${width}`)
}
const stands = 'drafts/istanbul-draft/versions/3/stands'

await browse(async (context) => {
  const page = await replay(context, '?branch=no-retraction')
  await beside(page)
  assert.match(await text(ghost(page, stands)), /record: finalized or tabled \(contested\)/)
  assert.equal(await text(page.locator(`[data-version="drafts/istanbul-draft/versions/3"] .explain`).first()), 'signed')
  assert.match(await text(ghost(page, 'ceasefires/border-ceasefire/status')), /record: conditional/)
  assert.match(await text(ghost(page, `questions/agreed/${stands}`)), /record: nothing/)
  assert.match(await text(ghost(page, `questions/amendable/${stands}`)), /record: istanbul draft, version 3: stands finalized/)

  // At the end it is what the comparison tells: no more, and no less of what is shown.
  const { changes } = await api(`${of}/branches/no-retraction/compare`)
  const ghosts = (await told(page)).filter((p) => !p.startsWith('questions/'))
  assert.equal(String(ghosts.length), await differing(page))
  const field = (path) => path.replace('/contested/', '/') // that accounts disagree is told with the value
  for (const path of ghosts) assert.ok(changes.some((c) => field(c.path) === path || c.path.startsWith(path + '/')), `the comparison tells of ${path}`)
  const shown = /^(positions\/[^/]+\/[^/]+\/(stance|commitment|refused)|drafts\/[^/]+\/versions\/\d+\/(reached|stands)|ceasefires\/[^/]+\/(status|condition)|rounds\/[^/]+\/(status|outcome|venue)|mandates\/[^/]+\/(fullPowers|principals))$/
  for (const path of changes.map((c) => field(c.path)).filter((p) => shown.test(p))) assert.ok(ghosts.includes(path), `${path} has a ghost`)
  await accessible(page, 'a branch with what the record says')

  // A ghost leads to the reasons in the record, also by the keyboard; back leads back.
  await ghost(page, stands).focus()
  await page.keyboard.press('Enter')
  await settled(page)
  assert.deepEqual(search(page), { sel: stands })
  assert.equal(await page.locator('.ghost').count(), 0, 'the record has no ghosts')
  await page.goBack()
  await beside(page)
  await page.getByRole('link', { name: 'Compare the whole of both' }).click()
  await page.locator(`tr[data-path="${stands}"]`).waitFor()
  assert.deepEqual(search(page), { compare: 'no-retraction', other: 'record' })
  await page.goBack()
  await beside(page)

  // What is recorded meanwhile is seen beside it, at once where nobody looks elsewhere.
  const cell = 'positions/pakistan/written-form/stance'
  await post(`${of}/events`, { key: 'later', type: 'PositionStated', occurred: '2026-01-05', actors: ['pakistan'], act: { issue: 'written-form', stance: 'rejects' } })
  await become(async () => (await ghost(page, cell).count()) && text(ghost(page, cell)), /record: .*rejects/)
  quiet(page)
  await narrow(page, 'a branch with what the record says')
  await accessible(page, 'a branch with what the record says, narrow')
})

// Step by step: where both are the same, where they part, and what only the branch has.
await browse(async (context) => {
  const events = async (query) => (await api(`${of}/state/timeline${query}`)).state.timeline.map((h) => h.event)
  const [branch, record] = [await events('?branch=no-retraction'), await events('')]
  // The nearest step of the record is the one with fewest happenings on one side only.
  const nearest = (step) => {
    const before = branch.slice(0, branch.indexOf(step) + 1)
    const off = (j) => record.slice(0, j + 1).filter((e) => branch.includes(e) && !before.includes(e)).length + before.filter((e) => record.indexOf(e) > j).length
    return record.map((event, j) => ({ event, step: j + 1, off: off(j) })).reduce((a, b) => (b.off < a.off ? b : a))
  }
  const page = await replay(context, '?branch=no-retraction&step=s1-verbal-confirmation')
  const at = async (step) => {
    await page.goto(new URL(`?branch=no-retraction&step=${step}`, page.url()).href)
    await beside(page)
    const want = nearest(step)
    assert.match(await text(page.locator('.beside')), new RegExp(`step ${want.step} of ${record.length}, ${want.event}${want.event === step ? '\\.' : ', the nearest'}`))
    assert.equal(/Dates are vague: by then (\d+)/.exec(await text(page.locator('.beside')))?.[1], want.off ? String(want.off) : undefined)
    return want
  }
  const same = branch.find((e) => record.includes(e) && nearest(e).off === 0 && branch.indexOf(e) > 9)
  await at(same)
  assert.equal(await differing(page), '0', 'before they part')
  assert.match(await text(page.locator('.beside')), /the record says the same/)
  assert.ok((await at(branch.find((e) => nearest(e).off > 0))).off > 0, 'where orders differ it is said')
  const { event, off } = await at('then-signed')
  assert.equal(off, 0)
  const { state } = await api(`${of}/state?path=drafts/istanbul-draft/versions/3&step=${event}`)
  assert.match(await text(ghost(page, stands)), new RegExp(`record: .*${state.stands}`))
  await ghost(page, stands).click()
  await settled(page)
  assert.deepEqual(search(page), { step: event, sel: stands })
  await page.goBack()
  await beside(page)
  await narrow(page, 'a step of a branch')
  await page.setViewportSize({ width: 1440, height: 900 })

  // The clocks and the lens hold for both.
  await page.goto(new URL('?branch=no-retraction&as-of=2025-10-26', page.url()).href)
  await beside(page)
  assert.equal(await differing(page), '0', 'before they part')
  quiet(page)
}, { colorScheme: 'dark' })
