// Dates as people read them: never more precise than the source.
import assert from 'node:assert/strict'
import { build } from 'esbuild'

const { outputFiles } = await build({ entryPoints: ['src/words.ts'], bundle: true, write: false, format: 'esm' })
const { when, valueText, gradeWords, dayIn } = await import('data:text/javascript;base64,' + Buffer.from(outputFiles[0].contents).toString('base64'))

for (const [edtf, text, precise] of [
  ['2025-10-28', '28 Oct 2025', true],
  ['2025-10', 'Oct 2025', false],
  ['2025', '2025', false],
  ['2025-10-28T14:30:00Z', '28 Oct 2025, 14:30Z', true],
  ['2025-10-28T14:30:15+05:00', '28 Oct 2025, 14:30:15+05:00', true],
  ['2025-10-28~', 'about 28 Oct 2025', false],
  ['2025-10-28?', '28 Oct 2025 (uncertain)', false],
  ['2025-10-28%', 'about 28 Oct 2025 (uncertain)', false],
  ['[..2025-10-28]', 'by 28 Oct 2025', false],
  ['[2025-10-28..]', 'from 28 Oct 2025 on', false],
  ['[2025-10-27..2025-10-28]', 'between 27 and 28 Oct 2025', false],
  ['[2025-09-30..2025-10-28]', 'between 30 Sep 2025 and 28 Oct 2025', false],
  ['2025-10-27/2025-10-28', '27–28 Oct 2025', false],
  ['2021/..', '2021 – open', false],
  ['../2021-08', 'open – Aug 2021', false],
  ['2021-08/', 'Aug 2021 – not told', false],
  ['2025-10-XX', 'Oct 2025', false],
  ['XXXX-XX-XX', 'date not told', false],
  ['', 'date not told', false],
  [undefined, 'date not told', false],
  ['201X', '201X', false],
  ['2025-21', '2025-21', false], // a season stays as it is coded
]) {
  const w = when(edtf)
  assert.equal(w.text, text, `${edtf}`)
  assert.equal(w.precise, precise, `${edtf} is precise`)
  assert.doesNotMatch(w.text, /00:00|23:59/)
}
assert.equal(dayIn('2025-10-28T18:59:59.999Z', 'Asia/Karachi'), '2025-10-28')
assert.equal(dayIn('2025-10-28T19:00:00Z', 'Asia/Karachi'), '2025-10-29')
assert.equal(dayIn('..', 'UTC'), '')
assert.equal(valueText('kabul|kandahar'), 'kabul, kandahar')
assert.equal(valueText({ contested: true, value: 4, values: [{ value: 4 }, { value: 3 }] }), '4 or 3')
assert.equal(gradeWords('F', '6'), 'reliability cannot be judged; truth cannot be judged')
