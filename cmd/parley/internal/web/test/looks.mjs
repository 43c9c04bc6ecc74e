// Whatever is shown can be used by everybody: axe finds nothing, in light and dark; a
// narrow window does not scroll sideways; a long log stays a window.
import assert from 'node:assert/strict'
import { accessible, api, become, browse, open, quiet, replay, talks, text } from './browser.mjs'

const refused = ['status of 400', 'status of 404']
const narrow = async (page, what) => {
  await page.setViewportSize({ width: 400, height: 800 })
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  const [scroll, width] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
  assert.ok(scroll <= width, `${what} is ${scroll} px wide in a window of ${width}`)
}

await api(`/negotiations/${talks}/branches`, {
  method: 'POST', headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ branch: 'looks', without: ['s1-retraction'], author: 'A. Reader', purpose: 'to be looked at' }),
})

// What is dark is built as what is light: only colours can be wrong.
for (const [colorScheme, rules] of [['light', undefined], ['dark', ['color-contrast', 'link-in-text-block']]]) {
  await browse(async (context) => {
    const list = await open(context, '/')
    await become(() => text(list.locator('.card dl')), /Contested \d+/)
    await accessible(list, `the list, ${colorScheme}`, rules)
    await narrow(list, 'the list')
    quiet(list)
    await list.close()
    for (const [what, query] of Object.entries({
      'the live end': '',
      'a step with changes': '?step=s1-retraction',
      'a contested value': '?sel=positions/afghan-taliban/written-form/commitment',
      'a past view': '?as-of=2025-10-28&known-by=2025-10-29&possibly',
      'a branch': '?branch=looks&step=s1-verbal-confirmation',
    })) {
      const page = await replay(context, query)
      await page.locator('.account').first().waitFor()
      await page.locator('#view').evaluate((el) => { el.open = true })
      await accessible(page, `${what}, ${colorScheme}`, rules)
      await narrow(page, what)
      if (query.includes('s1-retraction')) await accessible(page, `${what}, narrow, ${colorScheme}`, rules)
      quiet(page)
      await page.close()
    }
    const wrong = await open(context, `/n/${talks}?lens=source.sid`, refused)
    await wrong.locator('#lens-wrong').waitFor()
    await accessible(wrong, `a wrong lens, ${colorScheme}`, rules)
    await wrong.close()
    const lost = await open(context, '/n/no-such-talks', refused)
    await lost.locator('.trouble').waitFor()
    await accessible(lost, `nothing found, ${colorScheme}`, rules)
    await lost.close()
    const help = await replay(context)
    await help.keyboard.press('?')
    await help.getByRole('dialog').waitFor()
    await accessible(help, `the help, ${colorScheme}`, rules)
  }, { colorScheme })
}
