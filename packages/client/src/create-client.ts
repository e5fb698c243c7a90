import { errorOf, responseOf } from './answers.js'
import { optionError, type ClientError } from './client-error.js'
import { readCall } from './call.js'
import type { Change, Client, Me, Migration, SignInOptions } from './client.js'
import { createCookieSession } from './cookies/cookie-session.js'
import { parseOptions, type ClientOptions, type Settings } from './options.js'
import type { Told } from './renewal.js'
import { send, type Sending } from './send.js'
import type { TokenMode } from './session.js'
import { createTabs, type Tabs } from './tabs.js'

/**
 * Creates a `fetch` that refreshes its session, exchanges it for the new side, and ends it as the server says. There is
 * one refresh for any number of calls in all tabs of a browser, and one more attempt for each call. An outage signs
 * nobody out. It decides nothing: the server verifies every request.
 *
 * @throws {ClientError} `configuration_invalid`: an option is wrong; the message names it.
 * @example const client = createClient() const me = await client.me() if (me === null) client.signIn()
 */
export function createClient(options: ClientOptions = {}): Client {
  const settings = parseOptions(options)
  const { endpoint, now } = settings
  const listeners = new Set<(change: Change) => void>()
  /** Null: not known yet. */
  let isOut: boolean | null = null
  let outSince = 0

  function emit(type: Change['type'], isElsewhere: boolean): void {
    const isRepeated = isOut === true && type === 'signed-out'
    isOut = type === 'signed-out'
    if (isRepeated) return
    if (isOut) outSince = now()
    // Later: what a listener throws is no business of the call that brought it about.
    for (const listener of listeners) void Promise.resolve().then(() => listener({ type, isElsewhere }))
  }

  const onRenewed = (): void => emit('renewed', false)
  const tabs = tabsOf(settings, hear)
  const cookies = settings.tokens ? null : createCookieSession({ settings, tabs, onRenewed })
  const session = cookies ?? (settings.tokens as TokenMode).open({ settings, tabs, onRenewed })
  const sending: Sending = { settings, session, onEnded: signedOut }

  function hear(message: unknown): void {
    const { renewal, outcome, change, at = 0 } = Object(message) as Partial<Told & Changed>
    if (renewal !== undefined && outcome !== undefined) {
      cookies?.hear(message as Told)
      if (outcome.kind === 'renewed') emit('renewed', true)
    }
    // A page that was opened before somebody signed out says nothing about afterwards.
    if (change === 'signed-out' || (change === 'signed-in' && isOut === true && at > outSince)) emit(change, true)
  }

  const tell = (change: Change['type']): void => tabs.tell({ change, at: now() } satisfies Changed)

  function signedOut(): void {
    if (isOut !== true) tell('signed-out')
    void session.drop()
    emit('signed-out', false)
  }

  const call: typeof fetch = async (input, init) => send(sending, readCall(settings, input, init))
  async function get(path: string): Promise<unknown> {
    const response = await call(endpoint(path).href, { headers: { accept: 'application/json' } })
    const body: unknown =
      response.ok &&
      (await response
        .clone()
        .json()
        .catch(() => null))
    if (body) return body
    throw await errorOf(settings, response)
  }

  function signInUrl(returnTo: string | undefined = here(), hints: SignInOptions = {}): string {
    const url = endpoint('/sign-in')
    if (returnTo !== undefined) url.searchParams.set('returnTo', returnTo)
    for (const [name, value] of Object.entries(hints)) {
      if (!HINTS.test(name)) throw optionError(`signIn.${name}`, 'is not known')
      url.searchParams.set(name, value)
    }
    return url.href
  }

  return {
    fetch: call,
    signInUrl,
    signIn: (returnTo, hints) => settings.navigate(signInUrl(returnTo, hints)),
    async me() {
      const me = (await get('/me').catch((cause: ClientError) => {
        if (cause.status === 401) return null
        throw cause
      })) as Me | null
      // Tabs that show a sign-in page hear of it.
      if (me !== null && isOut !== false) tell('signed-in')
      isOut = me === null
      return me
    },
    migration: () => get('/migration') as Promise<Migration>,
    async exchange() {
      const outcome = await session.renew('exchange', session.mark())
      if (outcome.kind === 'answered' && outcome.answer.status !== 403)
        throw await errorOf(settings, responseOf(outcome.answer))
      return outcome.kind === 'renewed'
    },
    async signOut() {
      try {
        const next = await session.signOut()
        signedOut()
        if (next !== null) settings.navigate(next)
      } catch (cause) {
        // Tokens are gone all the same.
        if (settings.tokens) signedOut()
        throw cause
      }
    },
    async setTokens(answer) {
      await session.setTokens(answer)
      emit('signed-in', false)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => tabs.close(),
  }
}

/** What is told to other tabs beside renewals. */
interface Changed {
  readonly change: Change['type']
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** A cookie is of all tabs. Tokens belong to this app alone; a lock keeps its other processes from spending the same one. */
function tabsOf({ tokens, endpoint }: Settings, hear: (message: unknown) => void): Tabs {
  return createTabs(tokens?.isStored === false ? null : `dualauth-client:1:${endpoint('').href}`, tokens ? null : hear)
}

/** The page that is open, as a path of the site; undefined if there is none. */
function here(): string | undefined {
  const page = globalThis.location as Location | undefined
  return page && page.pathname + page.search + page.hash
}

const HINTS = /^(organization|login_hint|prompt|screen)$/
