import './style/base.css'
import './style/list.css'
import './style/frame.css'
import './style/log.css'
import './style/state.css'
import './style/ghost.css'
import './style/why.css'
import './style/scrub.css'
import './style/branches.css'
import './style/print.css'
import { render } from 'preact'
import { unknown } from './api'
import { Branches } from './pages/branches'
import { List } from './pages/list'
import { Negotiation } from './pages/negotiation'
import { System } from './pages/system'
import { SignIn } from './parts/signin'
import { place } from './url'

function App() {
  if (unknown.value) return <SignIn />
  const { page, negotiation } = place.value
  if (page === 'negotiation') return <Negotiation key={negotiation} />
  if (page === 'system') return <System />
  return page === 'branches' ? <Branches key={negotiation} /> : <List />
}

const root = document.getElementById('app')
if (root) {
  root.replaceChildren()
  render(<App />, root)
}
