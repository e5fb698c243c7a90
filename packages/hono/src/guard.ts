import {
  assertMounted,
  governing,
  mergeVary,
  runGuard,
  type Requirement,
  type RequestState,
  type Verdict,
} from '@dualauth/core/adapter'
import type { Context, MiddlewareHandler } from 'hono'
import { stateOf, WRITE } from './mount.js'

type Passed = Extract<Verdict, { kind: 'pass' }>

/** Turns a requirement into what Hono runs. */
export function guard(name: string, requirement: Requirement): MiddlewareHandler {
  return async (c, next) => {
    const state = stateOf(c)
    const auth = governing(state.mounts, name)
    assertMounted(auth, name, WRITE)
    const verdict = await runGuard(state, auth, c.req.raw, c, requirement)
    // Whatever comes next may be a handler, and a preflight that somebody crafted must not reach one.
    if (verdict.kind === 'preflight') return c.body(null, 204)
    if (verdict.kind === 'refuse') return refusal(verdict)
    c.set('principal', verdict.principal)
    announce(c, state, verdict.headers)
    await next()
    const { headers } = c.res
    // A handler that returned a response of its own has dropped what was announced.
    if (!headers.has('cache-control')) c.header('Cache-Control', verdict.headers.cacheControl)
    // `c.header` copes with the immutable headers of a fetched response.
    const vary = mergeVary(headers.get('vary'), verdict.headers.vary)
    if (vary !== null) c.header('Vary', vary)
    return
  }
}

/** Set before the handler runs, headers cost nothing; set on a finished response they build it anew. */
function announce(c: Context, state: RequestState, { cacheControl, vary }: Passed['headers']): void {
  if (state.announced === true || c.finalized) return
  state.announced = true
  c.header('Cache-Control', cacheControl)
  c.header('Vary', vary, { append: true })
}

function refusal({ answer }: Extract<Verdict, { kind: 'refuse' }>): Response {
  const headers = new Headers()
  for (const [name, value] of answer.headers) headers.append(name, value)
  return new Response(answer.body, { status: answer.status, headers })
}
