// What the HTTP API answers, as far as the dashboard reads it. /openapi.json has all.

export interface Straddler { event: string; cut: string }

export interface Supposed {
  name?: string
  branch?: string
  fork?: string
  author?: string
  purpose?: string
  parent?: string
  followParent?: boolean
  without?: string[]
  replace?: string[]
  position: string
}

export interface Seen {
  negotiation: string
  view: string
  position: number
  branch?: Supposed
  events: number
  hidden: number
  straddling: Straddler[]
  parked?: number
}

export interface Fault { parameter?: string; pointer?: string; problem: string; read?: string; reason: string; hint?: string }

export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  hint?: string
  faults?: Fault[]
}

export interface Listed { id: string; title?: string; position: number; entries: number }
export interface ListedPage { negotiations: Listed[] | null; next?: string }

export interface Summary {
  view: Seen
  title?: string
  timeZone?: string
  happenings: number
  entries: number
  parties: { actor: string; name: string }[]
  last?: { event: string; act: string; occurred?: string; reported?: string }
  ceasefireStatus: { ceasefire: string; title?: string; status: string }[]
  contested: number
}

export interface Registry {
  view: Seen
  title?: string
  timeZone?: string
  actors: { actor: string; name: string; kind: string }[]
  issues: { issue: string; title: string }[]
  ceasefires: { ceasefire: string; title: string }[]
}

export interface Change { path: string; old?: string; new?: string; events?: string[] }

export interface Step {
  step: number
  of: number
  event?: string
  act?: string
  by?: string[]
  occurred?: string
  modality?: string
  unorderedWithPrevious?: boolean
  accounts?: string[]
  known?: string
  undated?: boolean
  events?: string[]
  changes: Change[]
}
export interface Replay { view: Seen; steps: Step[]; next?: string }
export interface Days { timeZone?: string; happened: string[]; known: string[] }

export interface Happening {
  event: string
  act: string
  by?: string[]
  to?: string[]
  round?: string
  occurred: string
  earliest: string
  latest: string
  modality?: string
  unorderedWithPrevious?: boolean
  accounts: string[]
  denials?: string[]
  sides?: string[]
  origins: number
  quote?: string
}

export interface Claim { value: unknown; events: string[]; sides: string[]; origins: number; reason?: string }
export type Contested = Record<string, Claim[]>
export interface Saying { text: string; events: string[] }
export interface Act { event: string; act: string; by?: string[]; occurred?: string; accounts?: string[] }

export interface Cell {
  stance?: string
  commitment?: string
  contested?: Contested
  refused?: string[]
  redLine?: boolean
  conditions?: Saying[]
  demands?: Saying[]
  shifts?: number
  saidBy?: string[]
  history?: Act[]
}

export interface Ladder {
  version?: number
  draft?: string
  reached?: string
  stands?: string
  contested?: Contested
  retracted?: { by?: string[]; event: string; what?: string; occurred?: string; held?: string }[]
  declined?: { by?: string[]; event: string; act?: string; occurred?: string }[]
  parties?: Record<string, { reached?: string; stands?: string; contested?: Contested }>
}
export interface Draft { id: string; versions?: Ladder[]; unversioned?: Ladder }

export interface Ceasefire {
  id: string
  title?: string
  parties?: string[]
  status?: string
  condition?: string
  contested?: Contested
  incidents: { event: string; kind?: string; occurred?: string; place?: string; perpetratorAlleged?: string[] }[]
  history: Act[]
}

export interface Powers { fullPowers?: string; principals?: string; contested?: Contested }
export interface Mandate extends Powers {
  head?: string
  rank?: string
  scope?: Saying[]
  instructions?: { event: string; from?: string; basis?: string; content?: string; occurred?: string }[]
}

export interface Claimed { contested: boolean; value: unknown; values: Claim[]; approximate?: boolean }
export interface Round {
  id: string
  status?: string
  outcome?: string
  days?: Claimed
  hours?: Claimed
  venue?: string
  opened?: string
  contested?: Contested
}

export interface Questions {
  agreed: (Ladder & { round?: string; outcome?: string })[]
  maySpeak: Record<string, Powers>
  amendable: Ladder[]
  pending: { kind: string; event: string; act: string; by?: string[]; what?: string }[]
}

export interface Stand {
  questions?: Questions
  rounds?: Record<string, Round>
  drafts?: Record<string, Draft>
  positions?: Record<string, Record<string, Cell>>
  mandates?: Record<string, Mandate>
  ceasefires?: Record<string, Ceasefire>
}
export interface Answer<T> { view: Seen; step?: string; path?: string; state: T }

export interface Because {
  event: string
  position: number
  branch?: string
  type: string
  document?: string
  locator?: string
  quote?: string
  speaker?: string
  side: string
  occurred?: string
  reported?: string
  reliability?: string
  credibility?: string
  correctedBy?: string
  note?: string
}
export interface Why {
  view: Seen
  step?: string
  path: string
  value: unknown
  rule?: string
  contested?: Claim[]
  events: Because[]
}

export interface Lens { lens: string; expression: string; author: string; reason: string }
export interface BranchLine {
  branch: string
  parent: string
  fork: string
  author: string
  purpose: string
  followParent?: boolean
  without?: string[]
  replace?: string[]
  events: number
  head: number
  opened?: string
  opener?: string
  dropped?: boolean
  droppedAt?: string
  droppedBy?: string
  reason?: string
}
export interface BranchPage { branches: BranchLine[]; next?: string }

export type Sort = 'moved' | 'learned' | 'believed' | 'supposed'
export interface Difference { path: string; from: unknown; to: unknown; why: Sort[]; events: string[] }
export interface Differ { event: string; in: 'from' | 'to' | 'both'; steps: string[]; why: Sort[] }
export interface Diff {
  from: Seen
  to: Seen
  firstDivergence?: { after?: string; from?: string; to?: string }
  changes: Difference[]
  events: Differ[]
}

export interface SystemStand {
  version: string
  ready: boolean
  notReady?: string
  projections?: { version: number; running: boolean; caughtUp: boolean; position: number; head: number; lag: number; faults: number; unpublished?: boolean; unpublishedWhy?: string }
  negotiations: { negotiation: string; position: number; head: number; lag: number; entries: number; entities: number; parked?: number; fault?: string; faultAt?: number }[]
  next?: string
  branches: { most: number; followed: { negotiation: string; branch: string; position?: string; watchers: number; fault?: string }[] }
  streams: { open: number; most: number }
}
