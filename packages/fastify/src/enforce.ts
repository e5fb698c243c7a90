import {
  asError,
  assertMounted,
  createState,
  isPending,
  mergeVary,
  runGuard,
  STATE,
  writeOnCommit,
  type AuthRequest,
  type Requirement,
  type RequestState,
  type StateHolder,
  type Verdict,
} from '@dualauth/core/adapter'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { mountOf } from './mount.js'
import { WRITE } from './plugin-options.js'

/**
 * One requirement on one request.
 *
 * @returns whether the request goes on; else it is answered.
 */
export function enforce(
  name: string,
  requirement: Requirement,
  request: FastifyRequest,
  reply: FastifyReply,
): boolean | Promise<boolean> {
  const auth = mountOf(request)
  assertMounted(auth, name, WRITE)
  const state = stateOf(request)
  let verdict: Verdict | Promise<Verdict>
  try {
    verdict = runGuard(state, auth, asMeant(request), request, requirement)
  } catch (cause) {
    keepCookies(reply, state)
    throw cause
  }
  if (!isPending(verdict)) return carryOut(verdict, request, reply, state)
  return verdict.then(
    (late) => carryOut(late, request, reply, state),
    (cause) => {
      keepCookies(reply, state)
      throw cause
    },
  )
}

/** A callback of the app may throw, and a refreshed session must not be lost. */
function keepCookies(reply: FastifyReply, state: RequestState): void {
  if (!reply.sent) writeOnCommit(reply.raw, state)
}

/** As Fastify runs hooks: `done` is called where the request goes on, never where it is answered. */
export function enforceThen(
  name: string,
  requirement: Requirement,
  request: FastifyRequest,
  reply: FastifyReply,
  done: (error?: Error) => void,
): void {
  let passed: boolean | Promise<boolean>
  try {
    passed = enforce(name, requirement, request, reply)
  } catch (cause) {
    done(asError(cause, name))
    return
  }
  if (passed === true) done()
  else if (passed !== false)
    void passed.then(
      (goesOn) => void (goesOn && done()),
      (cause) => done(asError(cause, name)),
    )
}

function carryOut(verdict: Verdict, request: FastifyRequest, reply: FastifyReply, state: RequestState): boolean {
  if (reply.sent) return false
  writeOnCommit(reply.raw, state)
  if (verdict.kind === 'preflight') {
    if (state.preflight === false) {
      void reply.code(204).send()
      return false
    }
    state.preflight = true
    return true
  }
  if (verdict.kind === 'refuse') {
    refuse(reply, verdict)
    return false
  }
  ;(request as { principal?: unknown }).principal = verdict.principal
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', verdict.headers.cacheControl)
  vary(reply, verdict.headers.vary)
  return true
}

/** Hooks of the app may have set `request.headers`, which leaves those of `request.raw` alone. */
function asMeant({ method, headers, originalUrl, raw: { rawHeaders } }: FastifyRequest): AuthRequest {
  return { method, headers, rawHeaders, originalUrl }
}

function refuse(reply: FastifyReply, { answer }: Extract<Verdict, { kind: 'refuse' }>): void {
  const challenges: string[] = []
  for (const [name, value] of answer.headers) {
    if (name === 'vary') vary(reply, value)
    else if (name === 'www-authenticate') challenges.push(value)
    else if (name === 'link') reply.header(name, [...[reply.getHeader(name) ?? []].flat().map(String), value])
    else reply.header(name, value)
  }
  if (challenges.length > 0) reply.header('www-authenticate', challenges)
  void reply.code(answer.status).send(answer.body)
}

function vary(reply: FastifyReply, fields: string): void {
  const present = reply.getHeader('vary')
  const merged = mergeVary(present === undefined ? null : [present].flat().join(', '), fields)
  if (merged !== null) reply.header('vary', merged)
}

export function stateOf(request: FastifyRequest): RequestState {
  const holder: FastifyRequest & StateHolder = request
  return (holder[STATE] ??= createState())
}
