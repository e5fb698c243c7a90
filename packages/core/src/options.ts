import * as z from 'zod/mini'
import { grantOf } from './settings/grant.js'
import { functionOption, nonEmpty, object, text, token, withMethods } from './settings/schemas.js'
import { optionError, parseOptions } from './settings/options.js'
import { rememberOptions, type RememberOptions } from './cache/memory.js'
import { throttleOptions, type ParsedThrottle, type ThrottleOptions } from './throttle/options.js'
import type { RevocationFeed } from './cache/revoker.js'
import type { AuthEventListener } from './events/events.js'
import { DEFAULT_MAX_CREDENTIAL_BYTES, maxCredentialBytes } from './extract/credential.js'
import { originProblem } from './extract/trusted-origins.js'
import type { FindAccount } from './identity/link.js'
import type { Account, Link } from './identity/principal.js'
import type { LinkRefusal } from './identity/refusal.js'
import type { ExportedKeys } from './keys/key-set/key-ring.js'
import { migrationOptions, type MigrationOptions } from './migration/options.js'
import type { RegisteredGrant } from './register.js'
import type { NameOrganization } from './request/organization.js'
import type { FormatError } from './respond/format.js'
import type { Verifier } from './route/verifier.js'
import type { CheckedSource } from './verify/source-ready.js'

/** What `createDualAuth` takes. */
export interface DualAuthOptions<
  V extends readonly Verifier[] = readonly Verifier[],
  A extends Account | LinkRefusal = Account,
> {
  /** From the oldest system to the newest: among valid cookies the newest is the principal of record. */
  readonly verifiers: V
  /**
   * Which account here is that? Required with several verifiers; with one, the subject is the account's id. Where it has a
   * `ready` of its own, `auth.ready` asks it.
   */
  readonly link?: Link<V[number], A> & CheckedSource
  /**
   * The account of this application by its own id, used by `auth.can` and `auth.why` for `{ user }`: what `link` returns for
   * it. Null: there is none. A throw means "cannot tell". Default: they judge principals only.
   */
  readonly account?: FindAccount
  /**
   * The organization that a request names, for instance by a header of each browser tab. It must be one of
   * the account's `memberships`; any other is refused (`organization_mismatch`, 403). Needs `link`. Default: `link` decides.
   */
  readonly organization?: NameOrganization
  /**
   * A move from some of the verifiers to others, or several: its policy says at which stage each organization is, and so
   * which side is accepted and which one issues. Default: all of them are accepted at all times.
   */
  readonly migration?: MigrationOptions<V[number]['name']> | readonly MigrationOptions<V[number]['name']>[]
  /** What this application's roles mean. Without it, only permissions that `link` returns count. */
  readonly access?: {
    /** Role → grants: permissions, and the wildcards `*`, `resource:*` and `*:action`. */
    readonly roles?: Readonly<Record<string, readonly RegisteredGrant[]>>
  }
  /** Names of verifiers that may own the same credential, first wins. API-key verifiers ranked here form a chain. */
  readonly precedence?: readonly string[]
  /**
   * Origins of the app's own pages, for unsafe methods with a cookie, as their browsers send them:
   * `https://app.example.com`, `https://*.preview.example.com` for one label of a host that is yours,
   * or `tauri://localhost`.
   */
  readonly trustedOrigins?: readonly string[]
  /**
   * Admits unsafe requests with a cookie and neither `Origin` nor `Sec-Fetch-Site`, as phones send them: for
   * the cookies of these verifiers, or of all. Default false.
   */
  readonly allowNonBrowser?: boolean | readonly V[number]['name'][]
  /** Bytes of one credential. Default 8192. */
  readonly maxCredentialBytes?: number
  /**
   * In WebSocket handshakes, `Sec-WebSocket-Protocol: <subprotocol>.<bearer>` is a bearer:
   * `new WebSocket(url, ['app.v1', `bearer.${token}`])` for `'bearer'`. Default: not looked at.
   */
  readonly subprotocol?: string
  /** `realm` of the challenges. Default `api`. */
  readonly realm?: string
  /** Keeps the body of refusals that clients know, or by `answerWith` another type or status. Default: a problem document (RFC 9457). */
  readonly formatError?: FormatError
  /**
   * Key sets that `auth.exportKeys()` of another instance wrote down, so that a cold start fetches
   * nothing. They keep their age; what is not usable is left. Trusted as configuration is.
   */
  readonly hydrate?: ExportedKeys | null
  /** Told what was decided, for logs and metrics. Called in the path of the request: hand slow work on. */
  readonly onEvent?: AuthEventListener
  /** Verified credentials are remembered within these bounds; false judges every one anew. */
  readonly remember?: RememberOptions | false
  /**
   * Refuses with 429 who keeps presenting what is not genuine, before anything is looked up or verified. What is remembered is
   * never throttled, and successes do not count. Default: nobody is.
   */
  readonly throttle?: ThrottleOptions
  /** How `auth.revoke` reaches other instances. Default: it holds in this process only. */
  readonly revocations?: RevocationFeed
  /** The clock, in milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
}

const verifier = z.custom<Verifier>((value) => {
  const candidate = value as Verifier | null | undefined
  return typeof candidate?.name === 'string' && Array.isArray(candidate.shapes) && typeof candidate.open === 'function'
}, 'a verifier, such as legacyJwt({ … }) returns')

const schema = object({
  verifiers: nonEmpty(verifier),
  link: z.exactOptional(functionOption<Link & CheckedSource>()),
  account: z.exactOptional(functionOption<FindAccount>()),
  organization: z.exactOptional(functionOption<NameOrganization>()),
  migration: z.exactOptional(
    z.union([migrationOptions, nonEmpty(migrationOptions)], 'an object with from, to and policy, or a list of them'),
  ),
  access: z.prefault(object({ roles: z._default(z.record(z.string(), z.array(grantOf<RegisteredGrant>())), {}) }), {}),
  precedence: z._default(z.array(text), []),
  trustedOrigins: z._default(z.array(text), []),
  allowNonBrowser: z._default(z.union([z.boolean(), z.array(text)], 'a boolean, or names of verifiers'), false),
  maxCredentialBytes: z._default(maxCredentialBytes, DEFAULT_MAX_CREDENTIAL_BYTES),
  subprotocol: z.exactOptional(token('a token without a dot, such as bearer', { maxLength: 64, dots: false })),
  realm: z._default(
    z
      .string('1 to 64 characters of ASCII, without quotes and backslashes')
      .check(z.regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,64}$/)),
    'api',
  ),
  formatError: z.exactOptional(functionOption<FormatError>()),
  // Judged where it is read: a newer version's key sets must not keep an app from starting.
  hydrate: z.exactOptional(z.custom<ExportedKeys | null>()),
  onEvent: z.exactOptional(functionOption<AuthEventListener>()),
  remember: z.prefault(z.union([z.literal(false), rememberOptions], 'an object, or false'), {}),
  throttle: z.exactOptional(throttleOptions),
  revocations: z.exactOptional(
    withMethods<RevocationFeed>(['publish', 'subscribe'], 'an object with publish and subscribe'),
  ),
  now: z._default(functionOption<() => number>(), () => Date.now),
})

/** With the defaults filled in. */
export type ParsedDualAuthOptions = Omit<DualAuthOptions, 'throttle'> &
  Required<Pick<DualAuthOptions, Defaulted>> & { readonly throttle?: ParsedThrottle }

type Defaulted =
  'access' | 'precedence' | 'trustedOrigins' | 'allowNonBrowser' | 'maxCredentialBytes' | 'realm' | 'remember' | 'now'

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function parseDualAuthOptions(options: unknown): ParsedDualAuthOptions {
  const parsed = parseOptions(schema, options, 'createDualAuth')
  if (parsed.link === undefined && parsed.verifiers.length > 1) {
    throw optionError(
      'createDualAuth.link',
      'is required with several verifiers: the same person has another subject in each',
    )
  }
  const [only] = parsed.verifiers
  if (parsed.link === undefined && only?.severalIssuers === true) {
    throw optionError(
      'createDualAuth.link',
      `is required: "${only.name}" has several issuers, and a subject is unique within one`,
    )
  }
  if (parsed.link === undefined && parsed.organization !== undefined && only?.forOrganization !== true) {
    throw optionError(
      'createDualAuth.organization',
      'needs link, which says what organizations an account belongs to; without it every one is refused',
    )
  }
  assertOrigins(parsed)
  assertSeparateSecrets(parsed.verifiers)
  return parsed
}

/** Two verifiers with one secret accept each other's signatures: a signed cookie is then a valid JWT. */
function assertSeparateSecrets(verifiers: readonly Verifier[]): void {
  verifiers.forEach((a, index) => {
    for (const b of verifiers.slice(index + 1)) {
      const [one, two] = [a.secrets, b.secrets]
      // One name twice is told by itself.
      if (!one || !two || a.name === b.name || (one.acceptsShared && two.acceptsShared)) continue
      for (let i = 0; i < one.size; i++) {
        if (two.includes(one.at(i)))
          throw optionError(
            'createDualAuth.verifiers',
            `"${a.name}" and "${b.name}" share a secret; give each its own, or see acceptWeakSecret`,
          )
      }
    }
  })
}

function assertOrigins({ trustedOrigins, allowNonBrowser, verifiers }: ParsedDualAuthOptions): void {
  for (const [place, origin] of trustedOrigins.entries()) {
    const problem = originProblem(origin)
    if (problem !== null) throw optionError(`createDualAuth.trustedOrigins[${place}]`, problem)
  }
  if (typeof allowNonBrowser === 'boolean') return
  for (const [place, name] of allowNonBrowser.entries()) {
    const verifier = verifiers.find((one) => one.name === name)
    if (verifier?.shapes.some(({ carriage }) => carriage.cookies.length > 0) !== true)
      throw optionError(
        `createDualAuth.allowNonBrowser[${place}]`,
        'must be the name of a verifier that takes a cookie',
      )
  }
}
