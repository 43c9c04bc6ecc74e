// A real browser, and what the tests of the dashboard ask of every page.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium } from 'playwright-core'

export const base = process.env.PARLEY_URL
export const talks = process.env.PARLEY_NEGOTIATION
assert.ok(base && talks, 'PARLEY_URL and PARLEY_NEGOTIATION say what to look at')

// browse opens a browser with a profile of its own, and closes it whatever happens.
export async function browse(test, options = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'parley-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.PARLEY_CHROMIUM,
    headless: true,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  })
  try {
    await test(context)
  } finally {
    await context.close()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

// open opens a page. Whatever it complains of is kept in page.complaints, but for the
// answers that a test says it expects.
export async function open(context, path, expected = []) {
  const page = await context.newPage()
  page.complaints = []
  page.on('pageerror', (e) => page.complaints.push('error: ' + e.message))
  page.on('console', (m) => {
    if (['error', 'warning'].includes(m.type()) && !expected.some((x) => m.text().includes(x))) page.complaints.push(m.type() + ': ' + m.text())
  })
  page.on('request', (r) => {
    if (new URL(r.url()).origin !== base) page.complaints.push('asks elsewhere: ' + r.url())
  })
  await page.goto(base + path)
  return page
}

// replay opens the negotiation, and waits until it is shown.
export async function replay(context, query = '', expected = []) {
  const page = await open(context, `/n/${talks}${query}`, expected)
  await settled(page)
  return page
}

// settled waits until what is shown is what was asked for.
export async function settled(page) {
  await page.locator('.state[aria-busy=false] .matrix').waitFor()
  await page.locator('.changes[aria-busy]').waitFor({ state: 'detached' })
}

// quiet holds that a page complained of nothing.
export function quiet(page) {
  assert.deepEqual(page.complaints, [], 'the page complains of nothing')
}

// accessible holds that axe finds nothing wrong.
export async function accessible(page, what, rules) {
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode(true) // there are no frames
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze()
  const told = violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => '  ' + n.target + '\n  ' + n.failureSummary).join('\n')}`)
  assert.deepEqual(told, [], what)
}

// text is the text of an element with single spaces.
export const text = async (locator) => (await locator.innerText()).replace(/\s+/g, ' ').trim()

// current is the event of the step that the log highlights.
export const current = (page) => page.locator('.log .row[aria-current=step]').getAttribute('data-event')

// become waits until something is as it should be.
export async function become(get, want, what) {
  let got
  for (let i = 0; i < 600; i++) {
    got = await get()
    if (want instanceof RegExp ? want.test(String(got)) : got === want) return
    await new Promise((done) => setTimeout(done, 50))
  }
  assert.fail(`${what ?? 'it'} is ${got}, want ${want}`)
}

// api asks the API as another process would.
export async function api(path, init) {
  const answer = await fetch(base + '/v1' + path, init)
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`)
  return answer.json()
}
