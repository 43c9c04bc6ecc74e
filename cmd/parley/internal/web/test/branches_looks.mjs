// What is supposed can be looked at by everybody: axe finds nothing, in light and dark,
// wide and narrow, and a narrow window does not scroll sideways.
import assert from 'node:assert/strict'
import { accessible, api, browse, open, quiet, talks } from './browser.mjs'

const post = (path, body) => api(`/negotiations/${talks}/branches${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
await post('', { branch: 'no-retraction', without: ['s1-retraction'], author: 'A. Reader', purpose: 'had the confirmation stood' })
await post('/no-retraction/events', { key: 'then-signed', type: 'AgreementSigned', occurred: '2025-10-29', actors: ['pakistan', 'afghan-taliban'], act: { draft: 'istanbul-draft', version: 3, form: 'signature' } })
await post('', { branch: 'on-that', parent: 'no-retraction', followParent: true, author: 'B. Other', purpose: 'what else could have come of it, told at some length so that it takes more than a line' })
await post('', { branch: 'given-up', author: 'B. Other', purpose: 'a try' })
await api(`/negotiations/${talks}/branches/given-up?reason=answered`, { method: 'DELETE' })

// What is dark is built as what is light: only colours can be wrong.
for (const [colorScheme, rules] of [['light', undefined], ['dark', ['color-contrast', 'link-in-text-block']]]) {
  await browse(async (context) => {
    const looksWell = async (page, what) => {
      await page.setViewportSize({ width: 400, height: 800 })
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
      const [scroll, width] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
      assert.ok(scroll <= width, `${what} is ${scroll} px wide in a window of ${width}`)
      await accessible(page, `${what}, narrow, ${colorScheme}`, rules)
      quiet(page)
      await page.close()
    }
    for (const [what, query, ready] of [
      ['the branches', '?dropped', 'tr[data-branch]'],
      ['a branch and the record', '?compare=no-retraction&other=record', '[data-way=to] a'],
      ['two branches', '?compare=no-retraction&other=on-that', '[data-side=to] .facts'],
    ]) {
      const page = await open(context, `/n/${talks}/branches${query}`)
      await page.locator(ready).first().waitFor()
      await accessible(page, `${what}, ${colorScheme}`, rules)
      await looksWell(page, what)
    }

    // The form, refused, and what is asked before a branch is dropped.
    const form = await open(context, `/n/${talks}/branches`, ['status of 422'])
    await form.getByRole('button', { name: 'Open a branch' }).click()
    await form.getByLabel('Search the log').fill('draft')
    await form.locator('.offered').getByRole('checkbox').first().check()
    await form.getByLabel('Forks at').fill('99999')
    await form.getByRole('button', { name: 'Open the branch' }).click()
    await form.locator('.faults').first().waitFor()
    await accessible(form, `a form with faults, ${colorScheme}`, rules)
    await looksWell(form, 'a form with faults')
    const drop = await open(context, `/n/${talks}/branches`)
    await drop.getByRole('button', { name: 'Drop … on-that' }).click()
    await drop.getByRole('dialog').getByLabel(/Why/).fill('no use')
    await accessible(drop, `a drop, ${colorScheme}`, rules)
    await drop.getByRole('dialog').getByRole('button', { name: 'Drop …' }).click()
    await looksWell(drop, 'asked once more')
  }, { colorScheme })
}
