// Signing in, where the server asks who looks.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { unknown } from '../api'
import { caller, know, signIn, signOut } from '../caller'
import { problemOf } from '../load'
import type { Problem } from '../types'
import { Mark } from './header'

export function SignIn() {
  const secret = useSignal('')
  const problem = useSignal<Problem | undefined>(undefined)
  useEffect(() => { document.title = 'Sign in · Parley' }, [])
  const submit = (e: Event) => {
    e.preventDefault()
    signIn(secret.value.trim()).catch((err: unknown) => { problem.value = problemOf(err) })
  }
  return (
    <>
      <header class="top"><Mark /></header>
      <main class="sign-in" id="main">
        <h1>Who are you?</h1>
        <p>This server shows its record to those who were granted a role. Paste the secret that <code>parley access add</code> has shown. It is exchanged for a cookie that ends with the browser.</p>
        <form onSubmit={submit}>
          <label for="secret">Secret</label>
          <input id="secret" type="password" autocomplete="current-password" required value={secret.value} aria-describedby={problem.value ? 'refused' : undefined} aria-invalid={problem.value !== undefined} onInput={(e) => (secret.value = e.currentTarget.value)} />
          <button type="submit">Sign in</button>
        </form>
        {problem.value && <p id="refused" class="warn" role="alert"><span aria-hidden="true">⚠ </span>{problem.value.title}: {problem.value.detail}. {problem.value.hint}</p>}
      </main>
    </>
  )
}

// Who says as what the reader is let in, and lets him out again.
export function Who() {
  useEffect(() => { void know().catch(() => undefined) }, []) // that the server is not there is said elsewhere
  const c = caller.value
  if (!c?.role || !c.signedIn && c.rights.includes('append')) return null // where nothing was granted there is nothing to sign in for
  return c.signedIn
    ? <span>signed in as {c.role} <button type="button" class="plain" onClick={() => void signOut()}>Sign out</button></span>
    : <span>reading as {c.role} <button type="button" class="plain" onClick={() => (unknown.value = true)}>Sign in</button></span>
}
