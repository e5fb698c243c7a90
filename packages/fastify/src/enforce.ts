import {
  assertMounted,
  createState,
  mergeVary,
  runGuard,
  STATE,
  writeCookiesOnCommit,
  type Requirement,
  type RequestState,
  type Verdict,
} from '@dualauth/core/adapter'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { mountOf } from './mount.js'
import { WRITE } from './plugin-options.js'

/** One requirement on one request; a reply that was sent is returned, which ends the hooks. */
export async function enforce(
  name: string,
  requirement: Requirement,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const auth = mountOf(request)
  assertMounted(auth, name, WRITE)
  const state = stateOf(request)
  let verdict: Verdict
  try {
    verdict = await runGuard(state, auth, request.raw, request, requirement)
  } finally {
    // Also where a callback of the app throws: a refreshed session must not be lost.
    if (!reply.sent) writeCookiesOnCommit(reply.raw, state)
  }
  if (reply.sent) return reply
  if (verdict.kind === 'preflight') {
    if (state.preflight === false) return reply.code(204).send()
    state.preflight = true
    return undefined
  }
  if (verdict.kind === 'refuse') return refuse(reply, verdict)
  ;(request as { principal?: unknown }).principal = verdict.principal
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', verdict.headers.cacheControl)
  vary(reply, verdict.headers.vary)
  return undefined
}

function refuse(reply: FastifyReply, { answer }: Extract<Verdict, { kind: 'refuse' }>): FastifyReply {
  const challenges: string[] = []
  for (const [name, value] of answer.headers) {
    if (name === 'vary') vary(reply, value)
    else if (name === 'www-authenticate') challenges.push(value)
    else reply.header(name, value)
  }
  if (challenges.length > 0) reply.header('www-authenticate', challenges)
  return reply.code(answer.status).send(answer.body)
}

function vary(reply: FastifyReply, fields: string): void {
  const merged = mergeVary([reply.getHeader('vary') ?? []].flat().join(', '), fields)
  if (merged !== null) reply.header('vary', merged)
}

export function stateOf(request: FastifyRequest): RequestState {
  const holder = request as unknown as Record<symbol, RequestState | undefined>
  return (holder[STATE] ??= createState())
}
