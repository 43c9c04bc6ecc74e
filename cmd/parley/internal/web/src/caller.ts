// Who looks at the page, as far as the server knows.
import { signal } from '@preact/signals'
import { ask, pathOf, send, unknown } from './api'
import { refreshed } from './load'

export interface Caller { role?: string; rights: string[]; signedIn: boolean }

export const caller = signal<Caller | undefined>(undefined)

// know asks who the server takes the reader for.
export async function know(): Promise<void> {
  caller.value = await ask<Caller>(pathOf('/login'))
}

// signIn exchanges a secret for a cookie that no script can read.
export async function signIn(secret: string): Promise<void> {
  caller.value = await send<Caller>(pathOf('/login'), { secret })
  unknown.value = false
  refreshed.value = refreshed.peek() + 1
}

// signOut makes the cookie good for nothing.
export async function signOut(): Promise<void> {
  caller.value = await send<Caller>(pathOf('/login'), undefined, 'DELETE')
  if (!caller.value.role) unknown.value = true
}
