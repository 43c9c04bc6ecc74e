// The keys, and that they leave alone who writes or uses a control.
import assert from 'node:assert/strict'
import { api, become, browse, current, quiet, replay, settled, talks, text } from './browser.mjs'

await browse(async (context) => {
  const { steps } = await api(`/negotiations/${talks}/replay`)
  const { state: { timeline } } = await api(`/negotiations/${talks}/state/timeline`)
  const page = await replay(context)
  const press = (key) => page.keyboard.press(key)
  const is = async (index, what) => {
    await become(() => current(page), steps[index].event, what)
    assert.match(await text(page.locator('.where')), new RegExp(`^step ${index + 1} of ${steps.length}`))
  }
  await press('Home')
  await is(0, 'Home')
  await press('ArrowRight')
  await press('ArrowRight')
  await is(2, 'two to the right')
  await press('ArrowLeft')
  await is(1, 'one back')
  const round = timeline[1].round ?? ''
  const next = timeline.findIndex((h, i) => i > 1 && (h.round ?? '') !== round)
  await press('Shift+ArrowRight')
  await is(next, 'the next round')
  await press('Shift+ArrowLeft')
  await is(next - 1, 'back to the round before')
  await press('End')
  await is(steps.length - 1, 'End')
  assert.equal(new URL(page.url()).search, '', 'the end needs no name')

  // What is said to who cannot see.
  await press('Home')
  await become(() => page.locator('#said').textContent(), new RegExp(`step 1 of ${steps.length}, .+\\. ${steps[0].changes.length} changes?\\.`))
  const slider = page.getByRole('slider', { name: 'Step' })
  assert.match(await slider.getAttribute('aria-valuetext'), new RegExp(`^step 1 of ${steps.length}, by 26 Oct 2025`))

  // Play and pause, faster and slower.
  await page.locator('body').click({ position: { x: 5, y: 5 } })
  const speed = page.locator('.speed select')
  await press(']')
  await become(() => speed.inputValue(), '5')
  for (let i = 0; i < 9; i++) await press(']')
  assert.equal(await speed.inputValue(), '50')
  await press('[')
  assert.equal(await speed.inputValue(), '20')
  await press('Space')
  await become(() => text(page.locator('.play')), /Pause/)
  await become(async () => Number((await text(page.locator('.where b'))).split(' ')[1]) > 3, true, 'it plays')
  await press('Space')
  await become(() => text(page.locator('.play')), /Play/)
  const paused = await current(page)
  await settled(page)
  assert.equal(await current(page), paused)
  for (let i = 0; i < 9; i++) await press(']')
  await press('Space')
  await become(() => current(page), steps.at(-1).event, 'it plays to the end')
  await become(() => text(page.locator('.play')), /Play/)

  // Where a ceasefire changes it stops, if that is wanted.
  const truce = steps.findIndex((s) => s.changes.some((c) => c.path.startsWith('ceasefires/')))
  await page.getByLabel('stop at ceasefire changes').check()
  await press('Home')
  await page.locator('body').click({ position: { x: 5, y: 5 } })
  await press('Space')
  await is(truce, 'it stops at the ceasefire')
  await become(() => text(page.locator('.play')), /Play/)

  // Explain, help, live.
  await press('e')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'why')
  await press('?')
  const help = page.getByRole('dialog')
  await help.waitFor()
  for (const key of ['Shift →', 'Home', 'Space', '[', ']', '.', 'E', '?']) assert.ok((await text(help)).includes(key), key)
  await press('ArrowRight')
  assert.equal(await current(page), steps[truce].event, 'keys do nothing behind the help')
  await press('Escape')
  await help.waitFor({ state: 'hidden' })
  await press('.')
  await is(steps.length - 1, 'the live end')

  // Who writes is left alone.
  await press('l')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'lens')
  await page.keyboard.type('e?.[] ')
  assert.equal(await page.locator('#lens').inputValue(), 'e?.[] ')
  await press('Home')
  await is(steps.length - 1, 'Home in a field')
  await page.locator('#lens').fill('')
  await page.locator('.jump').last().focus()
  await press('ArrowLeft')
  await is(steps.length - 2, 'arrows work on a button')
  quiet(page)
})
