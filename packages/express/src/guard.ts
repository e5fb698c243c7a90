import {
  asError,
  assertMounted,
  runGuard,
  type DualAuth,
  type Requirement,
  type RequestState,
  type Verdict,
} from '@dualauth/core/adapter'
import type { Request, RequestHandler, Response } from 'express'
import { writeWaiting } from './commit.js'
import { member } from './member.js'
import { governingAuth, handsOn, stateOf, WRITE } from './mount.js'

/** Turns a requirement into Express middleware. */
export function guard(name: string, requirement: Requirement): RequestHandler {
  const handler: RequestHandler = (req, res, next) => {
    // Express 4 does not await handlers: every rejection goes to `next` by hand, and a falsy one must not let in.
    const fail = (cause: unknown): void => {
      const state = stateOf(req)
      if (state !== undefined) writeWaiting(req, res, state)
      next(asError(cause, name))
    }
    let passed: boolean | Promise<boolean>
    try {
      passed = run(name, handler, requirement, req, res)
    } catch (cause) {
      fail(cause)
      return
    }
    if (passed === true) next()
    else if (passed !== false)
      Promise.resolve(passed)
        .then((goesOn) => void (goesOn && next()))
        .catch(fail)
  }
  return handler
}

/** @returns whether the request goes on; else it is answered. */
function run(
  name: string,
  handler: RequestHandler,
  requirement: Requirement,
  req: Request,
  res: Response,
): boolean | Promise<boolean> {
  // Express gives each request a prototype of its own, so that whatever is read of it is looked up the long way: once.
  const state = stateOf(req)
  const auth = governingAuth(req, name, handler, state)
  assertMounted(auth, name, WRITE)
  const verdict = runGuard(state as RequestState, auth, req, req, requirement)
  return 'kind' in verdict
    ? conclude(verdict, auth, req, res, state as RequestState)
    : verdict.then((late) => conclude(late, auth, req, res, state as RequestState))
}

function conclude(verdict: Verdict, auth: DualAuth, req: Request, res: Response, state: RequestState): boolean {
  if (verdict.kind === 'refuse' && !res.headersSent && handsOn(req, auth)) throw handedOn(verdict, res)
  return carryOut(verdict, req, res, state)
}

/**
 * What a refusal looks like to the error handlers of the app, the default one of Express included, which
 * writes `status` and `headers`. The answer depends on the credential, whoever writes it.
 */
function handedOn({ error, answer }: Refusal, res: Response): Error {
  const headers: Record<string, string | string[]> = {}
  const challenges: string[] = []
  for (const [name, value] of answer.headers) {
    if (name === 'vary') res.vary(value)
    else if (name === 'cache-control') res.setHeader(name, value)
    else if (name === 'www-authenticate') challenges.push(value)
    else if (name !== 'content-type') headers[name] = value
  }
  if (challenges.length > 0) headers['www-authenticate'] = challenges
  return Object.defineProperties(error, { status: { value: answer.status }, headers: { value: headers } })
}

type Refusal = Extract<Verdict, { kind: 'refuse' }>
type Passed = Extract<Verdict, { kind: 'pass' }>

function carryOut(verdict: Verdict, req: Request, res: Response, state: RequestState): boolean {
  writeWaiting(req, res, state)
  if (verdict.kind === 'preflight') {
    // Whatever comes next may be a handler, and a preflight that somebody crafted must not reach one.
    if (!res.headersSent) res.status(204).end()
    return false
  }
  if (verdict.kind === 'refuse') {
    if (!res.headersSent) write(res, verdict)
    return false
  }
  announce(verdict, res)
  return true
}

/** At once, too: `res.sendFile` and static files would call what is private public where nothing else is said. */
function announce({ headers: { cacheControl, vary } }: Passed, res: Response): void {
  // What is called twice is looked up once.
  const getHeader = member(res, 'getHeader')
  const setHeader = member(res, 'setHeader')
  try {
    if (getHeader.call(res, 'cache-control') === undefined) setHeader.call(res, 'Cache-Control', cacheControl)
    if (getHeader.call(res, 'vary') === undefined) setHeader.call(res, 'Vary', vary)
    else res.vary(vary)
  } catch (cause) {
    // Something has answered meanwhile, such as a time limit. Asked only here: on every other request, asking costs.
    if (!res.headersSent) throw cause
  }
}

function write(res: Response, { answer }: Refusal): void {
  res.status(answer.status)
  for (const [name, value] of answer.headers) {
    if (name === 'vary') res.vary(value)
    else if (name === 'www-authenticate' || name === 'link') res.append(name, value)
    else res.setHeader(name, value)
  }
  res.end(answer.body)
}
