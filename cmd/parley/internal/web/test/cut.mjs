// The server goes away and comes back: the page says so, and keeps what it shows.
// The test kills and starts it again when this script says a word on its output.
import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { become, browse, current, replay, text } from './browser.mjs'

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const ask = async (word) => {
  console.log(word)
  assert.equal((await answers.next()).value, 'done')
}

await browse(async (context) => {
  const page = await replay(context)
  const chip = () => text(page.locator('.chip'))
  await become(chip, /LIVE/)
  const before = await current(page)
  await ask('down')
  await become(chip, /DISCONNECTED/)
  assert.match(await text(page.locator('.bar.lost')), /Last news .+; trying again/)
  assert.equal(await current(page), before, 'what was shown stays')
  assert.ok(await page.locator('.matrix').isVisible())
  await ask('up')
  await become(chip, /LIVE/)
  assert.equal(await page.locator('.bar.lost').count(), 0)
})
process.exit(0)
