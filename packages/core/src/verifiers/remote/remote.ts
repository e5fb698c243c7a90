import * as z from 'zod/mini'
import { boundedCache } from '../../cache/bounded-cache.js'
import { between, functionOption, nonEmpty, object, verifierName } from '../../settings/schemas.js'
import { ownerOf, parseOptions } from '../../settings/options.js'
import { hasPassed } from '../../outbound/has-passed.js'
import { within } from '../../async/within.js'
import type { NamingRequest } from '../../request/organization.js'
import type { Presented } from '../../route/shape.js'
import { rejected, type Demand, type Verifier } from '../../route/verifier.js'
import { safeCause } from '../../verify/safe-cause.js'
import { formShape, remoteForm, type RemoteForm } from './forms.js'
import { isOwn, toSetCookies, type EndedCookies } from './own-cookies.js'
import {
  MAX_ORGANIZATION,
  NEWEST_VERSION,
  readAnswer,
  toRemoteCredential,
  type RemoteAnswer,
  type RemoteClaims,
  type RemoteCredential,
  type RemoteVersion,
} from './protocol.js'
import { cannotTell, readVerification } from './read-verification.js'
import type { ValidateRemote } from './serve-remote.js'

/** The options of `remote`. */
export interface RemoteOptions<Name extends string = string> {
  /** Used in events, `principal.verifier` and identity links, so it must not change. */
  readonly name: Name
  /** The credentials that the service verifies. */
  readonly credentials: readonly RemoteForm[]
  /** Asks the service: an RPC method of a binding, or `remoteFetch(…)`. A throw counts as "cannot tell" (503). */
  readonly validate: ValidateRemote
  /**
   * Whether the service decides which organizations the account may act for. If so, the organization that a request
   * names is sent to it. Use false if `link` of this API knows the memberships. Default true.
   */
  readonly memberships?: boolean
  /**
   * Returns false to leave the announcements of the service's migration (`Deprecation`, `Sunset`, `Link`) out of the
   * answer to this request, for example by its path. Default: always true.
   */
  readonly announce?: (request: NamingRequest) => boolean
  /** Default 3000, at most 30000. */
  readonly timeoutMs?: number
}

const MAX_ENDED = 1_000
/** How long a service that knew only an older version is asked in that version. */
const OLDER_MS = 60_000
const NO_DEMAND: Demand = { fresh: false, refresh: false }

const schema = object({
  name: verifierName,
  credentials: nonEmpty(remoteForm),
  validate: functionOption<ValidateRemote>(),
  memberships: z._default(z.boolean(), true),
  announce: z.exactOptional(functionOption<(request: NamingRequest) => boolean>()),
  timeoutMs: z._default(between(1, 30_000), 3_000),
})

/**
 * Delegates verification to another service that runs dualauth, with its four outcomes: accepted, rejected, not mine,
 * cannot tell.
 *
 * Decides only whether the answer is valid. The subject is the account's id at the service, and the issuer is this
 * verifier's name; `claims` has the original issuer. Wildcards from the service's `link` count here, too. Roles mean
 * what `access.roles` defines here.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function remote<const Name extends string>(options: RemoteOptions<Name>): Verifier<Name, RemoteClaims> {
  const owner = ownerOf('remote', options)
  const { name, credentials, validate, memberships, announce, timeoutMs } = parseOptions(schema, options, owner)
  const shapes = credentials.map((form, index) => formShape(form, `${owner}.credentials[${index}]`))
  return {
    name: options.name,
    shapes,
    chained: true,
    percentEncodedBearer: credentials.some((form) => 'sessionToken' in form && form.sessionToken === 'signed'),
    about: { kind: 'remote' },
    asksElsewhere: true,
    // The service may count uses.
    counts: true,
    forOrganization: memberships,
    announces: announce,
    // The default of verifiers, because the service does not say which tolerance it used.
    clockToleranceSeconds: 5,
    open: ({ now, emit }) => {
      const ended: EndedCookies = boundedCache(MAX_ENDED)
      let older: { readonly version: RemoteVersion; readonly since: number } | null = null

      async function askIn(version: RemoteVersion, credential: RemoteCredential): Promise<RemoteAnswer> {
        const answer = readAnswer(await within((async () => validate(inVersion(version, credential)))(), timeoutMs))
        if (answer === null) throw new Error(`remote: no answer of version 4, 3 or 2 within ${timeoutMs} ms`)
        return answer
      }

      /**
       * A service verifies nothing in a version that it does not know, and says so in version 2, so it can be asked
       * again.
       */
      async function ask(credential: RemoteCredential): Promise<RemoteAnswer> {
        let version: RemoteVersion =
          older === null || hasPassed(now(), older.since, OLDER_MS) ? NEWEST_VERSION : older.version
        for (;;) {
          const answer = await askIn(version, credential)
          if (version === 2 || answer.version !== 2 || answer.outcome !== 'unavailable') return answer
          version = version === 4 ? 3 : 2
          older = { version, since: now() }
        }
      }

      async function endSession(credential: Presented): Promise<void> {
        const answer = await ask(toRemoteCredential('end-session', credential, NO_DEMAND))
        if (answer.outcome !== 'ended') throw new Error('remote: the service did not end the session')
      }

      const tell = (credential: Presented) => () =>
        void endSession(credential).catch(async (thrown: unknown) =>
          emit({ type: 'session_end_failed', verifier: name, cause: await safeCause(thrown, credential) }),
        )

      return {
        async verify(credential, demand) {
          const named = memberships ? await demand.organization?.() : undefined
          // Not sent, because a service that cannot read a request would count as older than it is.
          if (named !== undefined && named !== null && typeof named !== 'string')
            throw new TypeError('organization: must name an id, null or undefined')
          if (named != null && named.length > MAX_ORGANIZATION) return rejected('organization_mismatch', 'organization')
          const answer = await ask(toRemoteCredential('judge', credential, demand, named))
          const verification = readVerification(answer, name, now())
          const sent = 'cookies' in answer ? answer.cookies : []
          const own = sent.filter((cookie) => isOwn(credential, cookie))
          const cookies = await toSetCookies(credential, own, ended, tell(credential))
          if (own.length !== sent.length) return { ...cannotTell('a cookie is not of the credential'), cookies }
          return verification.outcome === 'not-mine' ? verification : { ...verification, cookies }
        },
        endSession,
        ready: async () => {},
        close: () => {},
      }
    },
  }
}

/** Version 2 reads strictly and has no organization: `admit` refuses one that the service did not act for. */
function inVersion(version: RemoteVersion, credential: RemoteCredential): RemoteCredential {
  if (version !== 2) return { ...credential, version }
  const { organization: _, ...known } = credential
  return { ...known, version }
}
