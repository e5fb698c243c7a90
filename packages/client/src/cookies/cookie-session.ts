import { errorOf, isPage, outcomeOf } from '../answers.js'
import { optionError } from '../client-error.js'
import { createRenewal, type Renewal } from '../renewal.js'
import type { Session, SessionParts } from '../session.js'
import { withDeadline } from '../waiting.js'

/** A session in a cookie that no script reads, and that all tabs share. */
export function createCookieSession({ settings, tabs, onRenewed }: SessionParts): Session & Pick<Renewal, 'hear'> {
  const { timeoutMs } = settings
  // Pages are reloaded at a sign-in, and no script knows whose a cookie is.
  const era = (): number => 0
  const post = (path: string, signal: AbortSignal): Promise<Response> =>
    settings.fetch(settings.endpoint(path).href, {
      method: 'POST',
      credentials: 'include',
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal,
    })

  const { mark, renew, hear } = createRenewal({
    settings,
    tabs,
    era,
    onRenewed,
    async ask(kind, signal) {
      const response = await post(`/${kind}`, signal)
      return response.ok && !isPage(response) ? { kind: 'renewed' } : outcomeOf(settings, response)
    },
  })

  return {
    era,
    mark,
    renew,
    hear,
    dress: async () => ({ credentials: 'include', authorization: null, mark: mark(), era: era(), outcome: null }),
    drop: async () => {},
    // After any refresh that is under way, in whichever tab: none may begin the session again.
    signOut: () =>
      withDeadline(timeoutMs, (signal) =>
        tabs.alone(signal, async () => {
          const response = await post('/sign-out', signal)
          if (!response.ok || isPage(response)) throw await errorOf(settings, response)
          const { location } = Object(await response.json().catch(() => null)) as { location?: unknown }
          return typeof location === 'string' ? location : null
        }),
      ),
    setTokens: () => Promise.reject(optionError('tokens', 'is needed to hold tokens')),
  }
}
