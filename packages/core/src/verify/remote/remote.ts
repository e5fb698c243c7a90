import { between, functionOption, verifierName } from '../../errors/leaves.js'
import { optionError, ownerOf, parseOptions } from '../../errors/options.js'
import { nonEmpty, object, optional, unjudged } from '../../errors/schema.js'
import type { RejectionReason } from '../../events/events.js'
import type { Verification, Verifier } from '../../route/verifier.js'
import { deepFreeze } from '../mapped-claims.js'
import { formShape, type RemoteForm } from './forms.js'
import { readAnswer, toRemoteCredential, type RemoteAnswer, type RemoteClaims } from './protocol.js'
import type { ValidateRemote } from './serve-remote.js'

/** Which credentials go to which service. */
export interface RemoteOptions<Name extends string = string> {
  /** Stands in events, in `principal.verifier` and in identity links, so it must not change. */
  readonly name: Name
  /** What the service judges. */
  readonly credentials: readonly RemoteForm[]
  /** Asks the service: an RPC method of a binding, or `remoteFetch(…)`. A throw counts as "cannot tell" (503). */
  readonly validate: ValidateRemote
  /** Default 3000, at most 30000. */
  readonly timeoutMs?: number
}

const schema = object({
  name: verifierName,
  credentials: nonEmpty(unjudged()),
  validate: functionOption<ValidateRemote>(),
  timeoutMs: optional(between(1, 30_000)),
})

/**
 * Leaves judging to another service that runs dualauth, and keeps its four outcomes: accepted,
 * rejected, not mine, cannot tell.
 *
 * Decides nothing but whether the answer is one. The subject is the account's id at the service,
 * the issuer is this verifier's name; `claims` says who vouched there. Wildcards of the service's
 * permissions are literal here: give roles a meaning with `access.roles`.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 */
export function remote<const Name extends string>(options: RemoteOptions<Name>): Verifier<Name, RemoteClaims> {
  const owner = ownerOf('remote', options)
  const { name, credentials, validate, timeoutMs = 3_000 } = parseOptions(schema, options, owner)
  const shapes = credentials.map((form, index) => {
    const shape = formShape(form, `${owner}.credentials[${index}]`)
    if (shape === null) throw optionError(`${owner}.credentials[${index}]`, 'has none of the allowed forms')
    return shape
  })
  return {
    name: options.name,
    shapes,
    chained: true,
    // The service may count what is presented.
    counts: true,
    open: ({ now }) => ({
      async verify(credential, demand) {
        try {
          const sent = await within(timeoutMs, async () => validate(toRemoteCredential(credential, demand)))
          const answer = readAnswer(sent)
          return answer === null ? cannotTell('the answer is none') : verificationOf(answer, name, now())
        } catch (cause) {
          return { outcome: 'unavailable', cause }
        }
      },
      ready: async () => {},
      close: () => {},
    }),
  }
}

function verificationOf(answer: RemoteAnswer, issuer: string, now: number): Verification<RemoteClaims> {
  switch (answer.outcome) {
    case 'not-mine':
      return { outcome: 'not-mine' }
    case 'unavailable':
      return { ...cannotTell('the service cannot tell'), ...retryAfterOf(answer) }
    case 'rejected': {
      const reason = (answer.reason ?? 'remote') as RejectionReason
      return { outcome: 'rejected', code: answer.code, reason, ...retryAfterOf(answer) }
    }
    case 'accepted': {
      const { id, origin, ...rest } = answer.identity
      if (rest.expiresAt !== null && rest.expiresAt * 1000 <= now)
        return { outcome: 'rejected', code: 'credential_expired', reason: 'expired' }
      const identity = { ...rest, issuer, subject: id, claims: deepFreeze(origin), secretIndex: null }
      const foreign = answer.cookies.some(({ name, field }) => !field.startsWith(`${name}=`))
      if (foreign) return cannotTell('a cookie is not what it says')
      return { outcome: 'accepted', identity, cookies: answer.cookies.map((cookie) => ({ ...cookie, dropped() {} })) }
    }
  }
}

function cannotTell(why: string): Extract<Verification, { outcome: 'unavailable' }> {
  return { outcome: 'unavailable', cause: new Error(`remote: ${why}`) }
}

function retryAfterOf({ retryAfterSeconds }: { readonly retryAfterSeconds: number | null }) {
  return retryAfterSeconds === null ? {} : { retryAfterSeconds }
}

/** RPC has no timeout of its own. */
async function within<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`remote: no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}
