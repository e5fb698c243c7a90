import * as z from 'zod/mini'
import type { CarrierKind } from '../../events/events.js'
import { isChunkOf } from '../../http/chunks.js'
import { SLUG, token } from '../../settings/schemas.js'
import type { Principal } from '../../identity/principal.js'
import type { MigrationNotice } from '../../migration/notice.js'
import type { Signals } from '../../migration/policy/signals.js'
import type { Presented } from '../../route/shape.js'
import { REJECTION_CODES, type Demand, type RejectionCode } from '../../route/verifier.js'
import { notice, signals } from './read-signals.js'

/**
 * The version of this protocol. Version 4 added the announcements of the service's migration and the next step for
 * refused callers. Version 3 added the organization that a request names, the service's own wildcards in permissions,
 * and the refusal codes and reasons of its `link`.
 */
export type RemoteVersion = 2 | 3 | 4

/** Both sides read all versions. */
export const NEWEST_VERSION = 4

/** One credential on its way to the verifying service. It is a secret: never log it. */
export interface RemoteCredential {
  /** The version of the answer. */
  readonly version: RemoteVersion
  /** `end-session`: the app ended the session of this cookie, and the one that the service refreshed was not written. */
  readonly operation: 'judge' | 'end-session'
  readonly carrier: CarrierKind
  /** Header or cookie name; the scheme in lower case, empty for none. */
  readonly name: string
  readonly value: string
  /** Cookies that count beside this one. */
  readonly companions: readonly (readonly [name: string, value: string])[]
  /** Bypass every cache. */
  readonly fresh: boolean
  /** Whether cookies of the answer can be written. */
  readonly refresh: boolean
  /** Whether this use was already counted, on the same connection. Absent: no. */
  readonly counted?: boolean
  /** The organization that the request acts for; null for none. Absent: it names none. Since version 3. */
  readonly organization?: string | null
}

/** The service's decision: plain data, for RPC and JSON alike. */
export type RemoteAnswer =
  | {
      readonly version: RemoteVersion
      readonly outcome: 'accepted'
      readonly identity: RemoteIdentity
      /**
       * Headers that announce the end of the old side, if it authenticated the caller. Absent: none. Since version 4.
       */
      readonly signals?: Signals
      readonly cookies: readonly RemoteCookie[]
    }
  | {
      readonly version: RemoteVersion
      readonly outcome: 'rejected'
      readonly code: RejectionCode
      readonly reason: string | null
      /** Name of the claim that was missing or wrong. Absent: none. */
      readonly claim?: string | null
      /** Why the service's `link` refused, as a slug of the application. Absent: it gave no reason. */
      readonly linkReason?: string
      /** For `legacy_retired`: what the caller should do next. Absent: unknown. Since version 4. */
      readonly notice?: MigrationNotice
      readonly retryAfterSeconds: number | null
      readonly cookies: readonly RemoteCookie[]
    }
  /** Nothing was verified, so nothing was refreshed. */
  | { readonly version: RemoteVersion; readonly outcome: 'not-mine' }
  | {
      readonly version: RemoteVersion
      readonly outcome: 'unavailable'
      readonly retryAfterSeconds: number | null
      readonly cookies: readonly RemoteCookie[]
    }
  /** Answers `end-session`, and nothing else. */
  | { readonly version: RemoteVersion; readonly outcome: 'ended' }

/** A cookie to write whatever else was decided, so that a refreshed session is not lost. */
export interface RemoteCookie {
  /** The name of the credential's cookie, even if the field writes one of its chunks. */
  readonly name: string
  /** The whole `Set-Cookie` field. */
  readonly field: string
}

/** The principal of the service, as data. */
export interface RemoteIdentity extends Pick<Principal, CarriedMember> {
  readonly origin: RemoteClaims
}

/**
 * The members of a principal that an API gets unchanged. `id` is the account's id at the service; the original issuer
 * is in `origin`.
 */
type CarriedMember = Exclude<keyof Principal, keyof RemoteClaims | 'secretIndex' | 'account'>

/** The type of `principal.claims` for an identity from a service: its origin. */
export interface RemoteClaims {
  /** Name of the service's verifier. */
  readonly verifier: string
  readonly issuer: string
  /** Unique within `issuer` only. */
  readonly subject: string
  /** The issuer's statements, as JSON. */
  readonly claims: unknown
}

/** The name or path of a claim: as long as an option allows, without characters that break a log line. */
const CLAIM = /^[\x20-\x7e\xa0-\uffff]{1,256}$/
const MAX_LIST = 10_000
/** Maximum length of an organization that a request names. The caller may choose it; a longer one does not exist. */
export const MAX_ORGANIZATION = 1024
/** A session in 100 chunks, plus cookies that clear the rest. */
const MAX_COOKIES = 102
const MAX_TEXT = 65_536
/** As permissive as the service: what is accepted there is accepted here. */
const text = z.string().check(z.maxLength(MAX_TEXT))
const some = text.check(z.minLength(1))
const texts = z.array(text).check(z.maxLength(MAX_LIST))
const fieldName = token('the name of a header or cookie', { maxLength: 256 })
const seconds = z.nullable(z.number().check(z.minimum(0), z.maximum(100_000_000_000)))
const version = z.literal([2, 3, NEWEST_VERSION])
const cookies = z
  .array(
    z.strictObject({
      name: fieldName,
      field: z.string().check(z.maxLength(8_192), z.regex(/^[\x20-\x7e\xa0-\xff]+$/)),
    }),
  )
  .check(z.maxLength(MAX_COOKIES))

const carried = z.strictObject({
  id: some,
  kind: z.enum(['user', 'service']),
  organization: z.nullable(text),
  roles: texts,
  permissions: texts,
  scopes: z.nullable(texts),
  sessionId: z.nullable(text),
  keyId: z.nullable(text),
  email: z.nullable(text),
  expiresAt: seconds,
  issuedAt: seconds,
  impersonator: z.nullable(text),
} satisfies Record<CarriedMember, z.ZodMiniType>)

const answer = z.discriminatedUnion('outcome', [
  z.strictObject({
    version,
    outcome: z.literal('accepted'),
    identity: z.strictObject({
      ...carried.shape,
      origin: z.strictObject({ verifier: some, issuer: text, subject: text, claims: z.unknown() }),
    }),
    signals: z.exactOptional(signals),
    cookies,
  }),
  z.strictObject({
    version,
    outcome: z.literal('rejected'),
    code: z.enum(REJECTION_CODES),
    reason: z.nullable(z.string().check(z.regex(/^[a-z_]{1,32}$/))),
    claim: z.exactOptional(z.nullable(z.string().check(z.regex(CLAIM)))),
    linkReason: z.exactOptional(z.string().check(z.regex(SLUG))),
    notice: z.exactOptional(notice),
    retryAfterSeconds: seconds,
    cookies,
  }),
  z.strictObject({ version, outcome: z.literal('not-mine') }),
  z.strictObject({ version, outcome: z.literal('unavailable'), retryAfterSeconds: seconds, cookies }),
  z.strictObject({ version, outcome: z.literal('ended') }),
])

/** Anything that a caller sent: the service's verifier decides what is wrong with it. */
const value = z.string().check(z.minLength(1), z.maxLength(MAX_TEXT))
const SECOND_COOKIE = ';'
const credential = z
  .strictObject({
    version,
    operation: z.enum(['judge', 'end-session']),
    carrier: z.enum(['bearer', 'header', 'cookie', 'scheme']),
    // Empty for a token in `Authorization` without a scheme.
    name: z.union([fieldName, z.literal('')]),
    value,
    companions: z.array(z.tuple([fieldName, value])).check(z.maxLength(MAX_LIST)),
    fresh: z.boolean(),
    refresh: z.boolean(),
    counted: z.exactOptional(z.boolean()),
    organization: z.exactOptional(z.nullable(z.string().check(z.maxLength(MAX_ORGANIZATION)))),
  })
  .check(
    z.refine(({ carrier, name }) => carrier === 'scheme' || name !== ''),
    z.refine(({ carrier, value, companions }) => {
      const cookies = companions.map(([, its]) => its)
      return !(carrier === 'cookie' ? [value, ...cookies] : cookies).some((each) => each.includes(SECOND_COOKIE))
    }),
  )

/** Reads an answer; null for anything else. */
export function readAnswer(sent: unknown): RemoteAnswer | null {
  return parsePlain(answer, sent) as RemoteAnswer | null
}

/** Reads a credential; null for anything else. */
export function readCredential(sent: unknown): RemoteCredential | null {
  return parsePlain(credential, sent) as RemoteCredential | null
}

/** Copied as JSON first, because RPC values may have accessors, functions or cycles. */
function parsePlain(schema: z.ZodMiniType, sent: unknown): unknown {
  try {
    const parsed = z.safeParse(schema, JSON.parse(JSON.stringify(sent)))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** The claim's name; null if it must not be sent. */
export function claimToSend(claim: string | null): string | null {
  return claim !== null && CLAIM.test(claim) ? claim : null
}

/** Copied as JSON: RPC cannot carry functions, and the API must get nothing that it could change here. */
export function toRemoteIdentity(principal: Principal): RemoteIdentity {
  const { verifier, issuer, subject, claims } = principal
  const members = Object.keys(carried.shape).map((member) => [member, principal[member as CarriedMember]])
  const origin = { verifier, issuer, subject, claims: claims ?? null }
  return JSON.parse(JSON.stringify({ ...Object.fromEntries(members), origin })) as RemoteIdentity
}

export function toRemoteCredential(
  operation: RemoteCredential['operation'],
  { carrier, name, value, companions }: Presented,
  { fresh, refresh, counted = false }: Demand,
  organization?: string | null,
): RemoteCredential {
  const beside = [...(companions ?? [])].filter(([other]) => other !== name && !isChunkOf([name], other))
  return {
    version: NEWEST_VERSION,
    operation,
    carrier,
    name,
    value,
    companions: beside.flatMap(([other, values]) => values.map((one): [string, string] => [other, one])),
    fresh,
    refresh,
    ...(counted && { counted }),
    ...(organization !== undefined && { organization }),
  }
}
