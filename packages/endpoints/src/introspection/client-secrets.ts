import { constantTimeEqual } from '@dualauth/core/adapter'

/** A resource server that introspects tokens. */
export interface IntrospectingClient {
  /** Client id; no colon. */
  readonly id: string
  /** Newest first, at least 32 characters each. All are accepted. */
  readonly secrets: readonly string[]
}

/** Whether some client has this id and this secret. */
export type CheckClient = (id: string, secret: string) => Promise<boolean>

/** Compared as digests, in a time that says nothing about the secret. */
export function createClientCheck(clients: readonly IntrospectingClient[]): CheckClient {
  // Some runtimes digest nothing before their first request.
  const digests = new Map<string, Promise<readonly Uint8Array[]>>()
  const digestsOf = (id: string): Promise<readonly Uint8Array[]> => {
    const known = digests.get(id)
    if (known !== undefined) return known
    const client = clients.find((one) => one.id === id)
    if (client === undefined) return Promise.resolve([])
    const made = Promise.all(client.secrets.map(digestOf))
    digests.set(id, made)
    return made
  }
  return async (id, secret) => {
    const [given, known] = await Promise.all([digestOf(secret), digestsOf(id)])
    return (await Promise.all(known.map((digest) => constantTimeEqual(given, digest)))).includes(true)
  }
}

/**
 * What `Authorization: Basic` says; empty for another scheme, or for what cannot be read. Clients encode id and secret before they
 * join them, or do not: both readings count.
 *
 * @see RFC 7617, RFC 6749 section 2.3.1
 */
export function basicCredentials(authorization: string | null): readonly (readonly [id: string, secret: string])[] {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return []
  try {
    const bytes = Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0))
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const colon = text.indexOf(':')
    if (colon < 0) return []
    const [id, secret] = [text.slice(0, colon), text.slice(colon + 1)]
    return [
      [id, secret],
      [formDecoded(id), formDecoded(secret)],
    ]
  } catch {
    return []
  }
}

function formDecoded(text: string): string {
  return new URLSearchParams(`=${text.replaceAll('&', '%26')}`).get('') ?? ''
}

async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}
