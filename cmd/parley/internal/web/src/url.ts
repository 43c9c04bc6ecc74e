// The address of the page is its state. Whatever can be looked at has an address, and
// going back leads to what was looked at before.
import { computed, signal } from '@preact/signals'

// View is what the API calls a view, under the names that it gives to its parts.
export interface View {
  'as-of': string
  'known-by': string
  'recorded-by': string
  possibly: boolean
  lens: string
  branch: string
}

// Place is all that an address says.
export interface Place extends View {
  page: 'list' | 'negotiation' | 'branches' | 'system'
  negotiation: string
  step: string // event of the step of the replay; empty at its end
  sel: string // path of the value that is explained
  compare: string // branch that is compared; empty for the list of branches
  other: string // branch that it is compared with; empty for the record
  after: string // name after which a list goes on
  dropped: boolean // whether the list has those that were dropped
  troubled: boolean // whether the system shows only what is not as it should be
}

const texts = ['as-of', 'known-by', 'recorded-by', 'lens', 'branch', 'step', 'sel', 'compare', 'other', 'after'] as const
const flags = ['possibly', 'dropped', 'troubled'] as const
const cuts = ['as-of', 'known-by', 'recorded-by', 'possibly', 'lens', 'branch'] as const

// placeOf reads an address.
export function placeOf(path: string, search: string): Place {
  const given = new URLSearchParams(search)
  const place = { page: 'list', negotiation: '' } as Place
  for (const name of texts) place[name] = given.get(name) ?? ''
  for (const name of flags) place[name] = given.has(name) && given.get(name) !== 'false'
  if (place.other === 'record') place.other = ''
  const [, room, id, part] = path.split('/')
  if (room === 'system') place.page = 'system'
  if (room === 'n' && id) {
    place.page = part === 'branches' ? 'branches' : 'negotiation'
    place.negotiation = decodeURIComponent(id)
    if (part === 'branches') place.branch = '' // it has two of them, or many
  }
  return place
}

// addressOf is the address of a place, its parts always in one order.
export function addressOf(p: Place): string {
  if (p.page === 'list') return '/'
  if (p.page === 'system') return '/system' + readable(new URLSearchParams({ ...(p.after && { after: p.after }), ...(p.troubled && { troubled: '' }) }))
  const branches = p.page === 'branches'
  const query = new URLSearchParams(viewQuery(branches ? { ...p, branch: '' } : p))
  for (const name of branches ? (['compare', 'other', 'after'] as const) : (['step', 'sel'] as const)) if (p[name]) query.set(name, p[name])
  if (branches && p.compare && !p.other) query.set('other', 'record')
  if (branches && p.dropped) query.set('dropped', '')
  return '/n/' + encodeURIComponent(p.negotiation) + (branches ? '/branches' : '') + readable(query)
}

// readable is a query with its question mark. Colons, slashes, commas and @ may stand in
// it as they are.
function readable(query: URLSearchParams): string {
  const text = query.toString().replace(/%3A/g, ':').replace(/%2F/g, '/').replace(/%2C/g, ',').replace(/%40/g, '@').replace(/(possibly|dropped|troubled)=(?=&|$)/g, '$1')
  return text ? '?' + text : ''
}

// viewQuery is the view as the API takes it.
export function viewQuery(v: View): Record<string, string> {
  const query: Record<string, string> = {}
  for (const name of cuts) {
    const value = v[name]
    if (value === true) query[name] = ''
    else if (value) query[name] = value
  }
  return query
}

export const place = signal<Place>(placeOf(location.pathname, location.search))

// isCut tells whether the view leaves anything out, or supposes anything.
export const isCut = computed(() => Object.keys(viewQuery(place.value)).length > 0)

// leavesOut tells whether the view leaves anything out of the record, or of the branch.
export const leavesOut = computed(() => Object.keys(viewQuery({ ...place.value, branch: '' })).length > 0)

addEventListener('popstate', () => {
  glided = -Infinity
  place.value = placeOf(location.pathname, location.search)
})

let glided = -Infinity // when the last step of a glide was, by the clock of the page
const glideGap = 1500 // ms between two steps of one glide

// go changes some parts of the place. A jump can be gone back from. Steps that follow
// one another quickly are one glide, and going back leads to where it began.
export function go(changes: Partial<Place>, how: 'jump' | 'glide' = 'jump'): void {
  const next = { ...place.value, ...changes }
  const address = addressOf(next)
  if (address === location.pathname + location.search) return
  const now = performance.now()
  if (how === 'glide' && now - glided < glideGap) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  glided = how === 'glide' ? now : -Infinity
  place.value = placeOf(location.pathname, location.search) // what the address does not say is no part of it
}

// link makes an anchor go there without loading the page anew, unless the reader wants
// a new tab.
export function link(changes: Partial<Place>): { href: string; onClick: (e: MouseEvent) => void } {
  return {
    href: addressOf({ ...place.value, ...changes }),
    onClick: (e) => {
      if (e.ctrlKey || e.metaKey || e.shiftKey || e.altKey || e.button !== 0) return
      e.preventDefault()
      go(changes)
    },
  }
}

// home is where no negotiation is looked at.
export const home: Partial<Place> = {
  page: 'list', negotiation: '', 'as-of': '', 'known-by': '', 'recorded-by': '', possibly: false, lens: '', branch: '', step: '', sel: '',
}

// whole is the view that leaves nothing out.
export const whole: Partial<Place> = { 'as-of': '', 'known-by': '', 'recorded-by': '', possibly: false, lens: '', branch: '' }
