// Words and dates for people.

// sentence reads an act's name as words: ProposalTabled → proposal tabled.
export function actWords(act: string): string {
  const words = act.replace(/^parley\./, '').replace(/\.v\d+$/, '').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

// valueText is any value on one line.
export function valueText(v: unknown): string {
  if (v === null || v === undefined || v === '') return 'nothing'
  if (typeof v === 'string') return v.replaceAll('|', ', ')
  if (typeof v !== 'object') return String(v)
  if (Array.isArray(v)) return v.length === 0 ? 'nothing' : v.map(valueText).join('; ')
  const o = v as Record<string, unknown>
  if ('text' in o) return valueText(o['text'])
  if ('value' in o && !('values' in o)) return valueText(o['value'])
  if ('values' in o && 'value' in o) return (o['values'] as { value: unknown }[]).map((c) => valueText(c.value)).join(' or ')
  return Object.entries(o).filter(([k]) => k !== 'contested' && k !== 'history').map(([k, x]) => `${camelWords(k)}: ${valueText(x)}`).join('; ')
}

export function camelWords(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
}

// count reads a number with its noun.
export function count(n: number, one: string, many = one + 's'): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`
}

// When is a date in EDTF, read for people. It never makes a date more precise than the
// source did: an open end stays open, and what is not told stays not told.
export interface When {
  text: string // "by 28 Oct 2025"
  precise: boolean // a day or finer, neither approximate nor uncertain
  approximate: boolean // ~
  uncertain: boolean // ?
  raw: string
}

export function when(edtf: string | undefined): When {
  const raw = edtf ?? ''
  const approximate = /[~%]/.test(raw)
  const uncertain = /[?%]/.test(raw)
  const bare = raw.replace(/[~?%]/g, '')
  let text: string
  let precise = false
  const range = /^[[{]?([^.\]}]*)\.\.([^\]}]*)[\]}]?$/.exec(bare)
  const between = /^([^/]*)\/([^/]*)$/.exec(bare)
  if (raw === '' || /^X+(-X+)*$/.test(bare)) {
    text = 'date not told'
  } else if (between) {
    const [, from = '', to = ''] = between
    const end = (d: string) => (d === '..' ? 'open' : d ? dayText(d) : 'not told')
    text = sameMonth(from, to) ? `${Number(from.slice(8))}–${dayText(to)}` : `${end(from)} – ${end(to)}`
  } else if (range) {
    const [, from = '', to = ''] = range
    if (from && to) text = betweenText(from, to)
    else if (to) text = `by ${dayText(to)}`
    else text = `from ${dayText(from)} on`
  } else {
    text = dayText(bare)
    precise = /^\d{4}-\d\d-\d\d/.test(bare) && !approximate && !uncertain
  }
  if (approximate) text = 'about ' + text
  if (uncertain) text += ' (uncertain)'
  return { text, precise, approximate, uncertain, raw }
}

// told reads a plain value: names for ids, and dates as dates.
export function told(value: string | undefined, nameOf: (id: string) => string): string {
  if (!value) return 'nothing'
  if (/^[[{]?(-?\d{4}-\d\d|\.\.-?\d{4})[\d.,X~?%TZ:+/-]*[\]}]?$/.test(value)) return when(value).text
  return value.split('|').map(nameOf).join(', ')
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

// dayText reads one EDTF date with the precision that it has.
function dayText(date: string): string {
  const m = /^(-?\d{4}|\d{2,3}X+)(?:-(\d\d|XX))?(?:-(\d\d|XX))?(?:T(.+))?$/.exec(date)
  if (!m) return date
  const [, year, month, day, time] = m
  let text = year as string
  const name = months[Number(month) - 1]
  if (name) text = `${name} ${text}`
  else if (month && month !== 'XX') return date // a season
  if (name && day && day !== 'XX') text = `${Number(day)} ${text}`
  if (time) text += ', ' + time.replace(/^(\d\d:\d\d):00(\.0+)?/, '$1')
  return text
}

// betweenText leaves out what both ends have in common.
function betweenText(from: string, to: string): string {
  if (sameMonth(from, to)) return `between ${Number(from.slice(8))} and ${dayText(to)}`
  return `between ${dayText(from)} and ${dayText(to)}`
}

// sameMonth tells whether two dates are days of one month.
function sameMonth(a: string, b: string): boolean {
  const day = /^\d{4}-\d\d-\d\d$/
  return day.test(a) && day.test(b) && a.slice(0, 7) === b.slice(0, 7)
}

// dayIn is the day of an instant in a time zone, as YYYY-MM-DD.
export function dayIn(instant: string, zone: string | undefined): string {
  const t = Date.parse(instant)
  if (Number.isNaN(t)) return ''
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone || 'UTC', year: 'numeric', month: '2-digit', day: '2-digit' }).format(t)
}

const reliability: Record<string, string> = {
  A: 'completely reliable', B: 'usually reliable', C: 'fairly reliable', D: 'not usually reliable', E: 'unreliable', F: 'reliability cannot be judged',
}
const credibility: Record<string, string> = {
  1: 'confirmed by others', 2: 'probably true', 3: 'possibly true', 4: 'doubtful', 5: 'improbable', 6: 'truth cannot be judged',
}

// gradeWords reads an Admiralty grade.
export function gradeWords(rel: string | undefined, cred: string | undefined): string {
  return [rel && reliability[rel], cred && credibility[cred]].filter(Boolean).join('; ')
}
