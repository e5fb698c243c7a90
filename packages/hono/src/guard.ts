import {
  assertMounted,
  governing,
  isPending,
  mergeVary,
  missingSignals,
  runGuard,
  type Requirement,
  type RequestState,
  type Verdict,
} from '@dualauth/core/adapter'
import type { Context, MiddlewareHandler, Next } from 'hono'
import { rejecting, stateOf, WRITE, type Answered } from './mount.js'

type Passed = Extract<Verdict, { kind: 'pass' }>

/** Turns a requirement into Hono middleware. */
export function guard(name: string, requirement: Requirement): MiddlewareHandler {
  return rejecting((c, next) => {
    const state = stateOf(c)
    const auth = governing(state.mounts, name)
    assertMounted(auth, name, WRITE)
    const verdict = runGuard(state, auth, c.req.raw, c, requirement)
    // Most verdicts are there at once, and then cost no promise.
    if (isPending(verdict)) return verdict.then((late) => carryOut(late, state, c, next))
    return carryOut(verdict, state, c, next)
  })
}

function carryOut(verdict: Verdict, state: RequestState, c: Context, next: Next): Answered {
  // Whatever comes next may be a handler, and a preflight that somebody crafted must not reach one.
  if (verdict.kind === 'preflight') return Promise.resolve(c.body(null, 204))
  if (verdict.kind === 'refuse') return Promise.resolve(refusal(verdict))
  const { headers } = verdict
  c.set('principal', verdict.principal)
  announce(c, state, headers)
  return next().then(() => repair(c, headers))
}

/** A handler that returned a response of its own has dropped what was announced. */
function repair(c: Context, announced: Passed['headers']): void {
  const { headers } = c.res
  if (!headers.has('cache-control')) c.header('Cache-Control', announced.cacheControl)
  const signals = announced.signals === undefined ? [] : missingSignals(announced.signals, (name) => headers.get(name))
  for (const [name, value] of signals) c.header(name, value, { append: true })
  // `c.header` copes with the immutable headers of a fetched response.
  const vary = mergeVary(headers.get('vary'), announced.vary)
  if (vary !== null) c.header('Vary', vary)
}

/** Set before the handler runs, headers cost nothing; set on a finished response they build it anew. */
function announce(c: Context, state: RequestState, headers: Passed['headers']): void {
  if (state.announced === true || c.finalized) return
  state.announced = true
  c.header('Cache-Control', headers.cacheControl)
  c.header('Vary', headers.vary, { append: true })
}

function refusal({ answer }: Extract<Verdict, { kind: 'refuse' }>): Response {
  const headers = new Headers()
  for (const [name, value] of answer.headers) headers.append(name, value)
  return new Response(answer.body, { status: answer.status, headers })
}
