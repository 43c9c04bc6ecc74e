// Asking the HTTP API. Whatever goes wrong comes back as a problem (RFC 9457).
import { signal } from '@preact/signals'
import type { Problem } from './types'

// unknown is true while the server wants to know who asks.
export const unknown = signal(false)

export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
  }
}

// pathOf is an address of the API with its query.
export function pathOf(path: string, query: Record<string, string | undefined> = {}): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value)
  const text = given.toString()
  return '/v1' + path + (text ? '?' + text : '')
}

// ask gets a document. The browser sends the ETag that it has by itself.
export async function ask<T>(path: string): Promise<T> {
  return read<T>(await reach(path, { headers: { Accept: 'application/json' } }))
}

// send posts a document.
export async function send<T>(path: string, body: unknown, method = 'POST'): Promise<T> {
  return read<T>(await reach(path, { method, headers: { 'Content-Type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }))
}

// fetched gets an answer as it is, of one media type.
export async function fetched(path: string, media: string): Promise<{ body: Blob; headers: Headers }> {
  const answer = await reach(path, { headers: { Accept: media } })
  if (!answer.ok || !kindOf(answer).startsWith(media)) return refused(answer)
  try {
    return { body: await answer.blob(), headers: answer.headers }
  } catch {
    throw new ProblemError({ type: 'about:blank', title: 'The answer broke off', status: 0, detail: 'not all of it came from ' + location.host, hint: 'try again; nothing of it was kept' })
  }
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: 'same-origin', ...init })
  } catch {
    throw new ProblemError({
      type: 'about:blank', title: 'The server cannot be reached', status: 0, detail: 'no answer came from ' + location.host,
      hint: 'see whether parley serve is running; what is shown stays as it was',
    })
  }
}

async function read<T>(answer: Response): Promise<T> {
  if (answer.ok && kindOf(answer).startsWith('application/json')) return (await answer.json()) as T
  if (answer.status === 204) return undefined as T
  return refused(answer)
}

const kindOf = (answer: Response): string => answer.headers.get('Content-Type') ?? ''

// refused throws what an answer says in place of what was asked for.
async function refused(answer: Response): Promise<never> {
  const kind = kindOf(answer)
  if (kind.startsWith('application/problem+json')) {
    if (answer.status === 401) unknown.value = true
    throw new ProblemError((await answer.json()) as Problem)
  }
  throw new ProblemError({
    type: 'about:blank', title: 'The answer cannot be read', status: answer.status,
    detail: `${answer.status} ${answer.statusText}, ${kind || 'of no type'}`, hint: 'something between this page and Parley answers in its place',
  })
}
