import { plainError } from '../../errors/plain-error.js'
import * as crypto from '#crypto'
import { createClosing } from '../../outbound/closing.js'
import type { JsonObject } from '../../route/jwt.js'
import type { Verification, Verifier } from '../../route/verifier.js'
import { createAnswerMemory } from '../../verify/answer-memory.js'
import { askEndpoint } from './ask-endpoint.js'
import { judgeAnswer } from './judge-answer.js'
import { parseIntrospectionOptions, type IntrospectionOptions } from './options.js'

/** The issuer's answer about an active token. */
export interface IntrospectionClaims extends JsonObject {
  readonly active: true
  readonly sub?: string
  readonly client_id?: string
  readonly scope?: string
  readonly exp?: number
}

/**
 * Verifies tokens by asking their issuer: opaque tokens, and JWTs with `jwts`.
 *
 * Decides that the issuer calls the token active, that it is an access token for this API, and that it is not bound to
 * a key. `requireAuth({ fresh: true })` bypasses remembered answers.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it. Makes no request.
 * @see RFC 7662
 */
export function introspection<const Name extends string>(
  options: IntrospectionOptions<Name>,
): Verifier<Name, IntrospectionClaims> {
  const { endpoint, client, shapes, rules, identity: reader, timeoutMs, memory } = parseIntrospectionOptions(options)
  return {
    name: options.name,
    shapes,
    about: { kind: 'introspection' },
    asksElsewhere: true,
    clockToleranceSeconds: rules.clockToleranceSeconds,
    open({ now }) {
      const remember = createAnswerMemory<IntrospectionClaims>({ ...memory, timeoutMs, now })
      // Created with the first request, because Workers allow none at module scope.
      let closed: AbortController | null = null
      const ask = async (token: string): Promise<Verification<IntrospectionClaims>> => {
        closed ??= createClosing()
        const limits = { timeoutMs, fetch: (url: string, init: RequestInit) => fetch(url, init), closed: closed.signal }
        const answer = await askEndpoint(endpoint, token, client, now(), limits)
        if (answer.outcome === 'unavailable') return answer
        const judged = judgeAnswer(answer.body, rules, now())
        if (judged.outcome === 'unavailable')
          return { ...judged, cause: plainError(`introspection: ${answer.answered}`, judged.cause) }
        if (judged.outcome !== 'proved') return judged
        // A proved answer is active.
        const claims = judged.proved.claims as IntrospectionClaims
        return reader.read({ ...judged.proved, claims })
      }
      return {
        verify: async ({ value }, { fresh }) => {
          const key = await crypto.sha256(value)
          return remember(key, fresh, () => ask(value))
        },
        ready: () => client.ready(),
        close: () => closed?.abort(),
      }
    },
  }
}
