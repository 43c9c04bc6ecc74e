// Going through a negotiation: steps, addresses, going back, reasons.
import assert from 'node:assert/strict'
import { api, become, browse, current, open, quiet, replay, settled, talks, text } from './browser.mjs'

await browse(async (context) => {
  // The list leads to the negotiation.
  const list = await open(context, '/')
  const card = list.locator('.card')
  await become(() => text(card.locator('dl')), /Parties Afghan Taliban, Pakistan/)
  const said = await text(card)
  const summary = await api(`/negotiations/${talks}`)
  assert.match(said, new RegExp(`Contested ${summary.contested} values`))
  assert.match(said, new RegExp(`Log ${summary.entries} entries, ${summary.happenings} happenings`))
  assert.match(said, /Ceasefire .*conditional/)
  await card.getByRole('link').click()
  await settled(list)
  assert.equal(new URL(list.url()).pathname, `/n/${talks}`)
  assert.equal(await list.title(), 'Pakistan and Afghan Taliban talks, Doha and Istanbul 2025 · Parley')
  await list.goBack()
  await become(() => list.locator('h1').innerText(), 'Negotiations')
  quiet(list)

  // Stepping moves the highlight, the state and the address together.
  const { steps } = await api(`/negotiations/${talks}/replay`)
  const page = await replay(context)
  assert.equal(await current(page), steps.at(-1).event, 'it begins at the end')
  assert.equal(new URL(page.url()).search, '')
  await page.getByRole('button', { name: 'Step before' }).click()
  assert.equal(await current(page), steps.at(-2).event)
  assert.equal(new URL(page.url()).searchParams.get('step'), steps.at(-2).event)

  const at = steps.findIndex((s) => s.event === 's1-verbal-confirmation')
  await page.goto(page.url().replace(/\?.*/, '?step=s1-verbal-confirmation'))
  await settled(page)
  const stands = () => text(page.locator('[data-version="drafts/istanbul-draft/versions/3"] .explain'))
  assert.equal(await stands(), 'verbally confirmed')
  assert.match(await text(page.locator('.where')), new RegExp(`step ${at + 1} of ${steps.length}`))

  // The step after it is the call; then comes the retraction.
  await page.getByRole('button', { name: 'Next step' }).click()
  await page.getByRole('button', { name: 'Next step' }).click()
  await settled(page)
  assert.equal(await current(page), 's1-retraction')
  await become(stands, 'finalized')
  const row = page.locator('[data-version="drafts/istanbul-draft/versions/3"]')
  assert.match(await row.getAttribute('class'), /changed/, 'what the step changed is marked')
  const changes = await text(page.locator('.changes'))
  assert.match(changes, new RegExp(`changed ${steps[at + 2].changes.length} values`))
  assert.match(changes, /changed: verbally-confirmed → to finalized/, 'old and new, in words too')

  // Steps that follow one another are one glide: going back leads to where it began.
  await page.goBack()
  await become(() => current(page), 's1-verbal-confirmation')
  await become(stands, 'verbally confirmed')
  await page.goForward()
  await become(() => current(page), 's1-retraction')

  // Every row in sight jumps there; each jump can be gone back from.
  const far = page.locator('.log .row').first()
  const target = await far.getAttribute('data-event')
  assert.match(await text(far), /Jump here/)
  await far.getByRole('button').click()
  assert.equal(await current(page), target)
  assert.equal(new URL(page.url()).searchParams.get('step'), target)
  await page.goBack()
  await become(() => current(page), 's1-retraction')

  // Why: the account with its words, its source and its grade.
  const account = page.locator('#account-s1-retraction')
  await account.waitFor()
  const because = (await api(`/negotiations/${talks}/why?path=timeline/s1-retraction`)).events.find((e) => e.event === 's1-retraction')
  const reason = await text(account)
  for (const part of [because.quote, because.speaker, because.document, because.locator, 'F6', 'reliability cannot be judged', `#${because.position}`]) {
    assert.ok(reason.includes(part), `${part} in ${reason}`)
  }
  // A contested value shows its accounts side by side, each with its events.
  await page.getByRole('button', { name: 'Last step' }).click()
  await settled(page)
  await page.locator('[data-path="positions/afghan-taliban/written-form/commitment"]').click()
  await become(() => text(page.locator('#why .path')), /in writing|written/i)
  assert.equal(new URL(page.url()).searchParams.get('sel'), 'positions/afghan-taliban/written-form/commitment')
  const rivals = page.locator('#why .rivals')
  await become(() => text(rivals), /verbal .*2 origins.*s1-verbal-assurances.* none .*linked as contradicting/)
  await page.locator('#account-s1-no-assurances').waitFor()
  quiet(page)

  // Imprecise dates stay imprecise: no clock time is made up.
  await page.goto(page.url().replace(/\?.*/, '?step=s1-retraction'))
  await settled(page)
  const when = await text(page.locator('.log .row[aria-current=step] .when'))
  assert.equal(when, 'between 27 and 28 Oct 2025')
  assert.equal(await page.locator('.log .row[aria-current=step] svg.span .vague').count(), 1, 'its bar is hollow')
  assert.doesNotMatch(await page.locator('body').innerText(), /00:00|23:59|T1[89]:/)
  quiet(page)
})
