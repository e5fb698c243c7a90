import * as z from 'zod/mini'
import type { CarrierKind } from '../../events/events.js'
import { isChunkOf } from '../../extract/chunks.js'
import type { Presented } from '../../route/shape.js'
import type { Demand, RejectionCode } from '../../route/verifier.js'

/** One credential on its way to the service that judges it. It is a secret: never log it. */
export interface RemoteCredential {
  /** Of this protocol. */
  readonly version: 1
  readonly carrier: CarrierKind
  /** Header or cookie name. */
  readonly name: string
  readonly value: string
  /** Cookies that count beside this one. */
  readonly companions: readonly (readonly [name: string, value: string])[]
  /** Past every cache. */
  readonly fresh: boolean
  /** Whether cookies of the answer can be written. */
  readonly refresh: boolean
}

/** What the service decided: plain data, so that RPC and JSON carry it alike. */
export type RemoteAnswer =
  | {
      readonly version: 1
      readonly outcome: 'accepted'
      readonly identity: RemoteIdentity
      readonly cookies: readonly { readonly name: string; readonly field: string }[]
    }
  | {
      readonly version: 1
      readonly outcome: 'rejected'
      readonly code: RejectionCode
      readonly reason: string | null
      readonly retryAfterSeconds: number | null
    }
  | { readonly version: 1; readonly outcome: 'not-mine' }
  | { readonly version: 1; readonly outcome: 'unavailable'; readonly retryAfterSeconds: number | null }

/** The principal of the service, as data. */
export interface RemoteIdentity {
  /** The account's own id at the service. */
  readonly id: string
  readonly kind: 'user' | 'service'
  readonly organization: string | null
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  readonly scopes: readonly string[] | null
  readonly sessionId: string | null
  readonly email: string | null
  /** Seconds since the epoch. */
  readonly expiresAt: number | null
  readonly impersonator: string | null
  readonly origin: RemoteClaims
}

/** What `principal.claims` holds for an identity that a service judged: where it came from. */
export interface RemoteClaims {
  /** Name of the service's verifier. */
  readonly verifier: string
  readonly issuer: string
  /** Unique within `issuer` only. */
  readonly subject: string
  /** The issuer's statements, as JSON. */
  readonly claims: unknown
}

const MAX_LIST = 1_000
const text = z.string().check(z.minLength(1), z.maxLength(1_024), z.regex(/^\P{Cc}+$/u))
const texts = z.array(text).check(z.maxLength(MAX_LIST))
const token = z.string().check(z.regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/))
const seconds = z.nullable(z.number().check(z.minimum(0), z.maximum(100_000_000_000)))
const version = z.literal(1)

const answer = z.discriminatedUnion('outcome', [
  z.strictObject({
    version,
    outcome: z.literal('accepted'),
    identity: z.strictObject({
      id: text,
      kind: z.enum(['user', 'service']),
      organization: z.nullable(text),
      roles: texts,
      permissions: texts,
      scopes: z.nullable(texts),
      sessionId: z.nullable(text),
      email: z.nullable(text),
      expiresAt: seconds,
      impersonator: z.nullable(text),
      origin: z.strictObject({ verifier: text, issuer: text, subject: text, claims: z.unknown() }),
    }),
    cookies: z
      .array(z.strictObject({ name: token, field: z.string().check(z.maxLength(8_192), z.regex(/^\P{Cc}+$/u)) }))
      .check(z.maxLength(16)),
  }),
  z.strictObject({
    version,
    outcome: z.literal('rejected'),
    code: z.enum([
      'credential_invalid',
      'credential_expired',
      'credential_revoked',
      'account_banned',
      'account_deactivated',
      'identity_unlinked',
      'rate_limited',
    ]),
    reason: z.nullable(z.string().check(z.regex(/^[a-z_]{1,32}$/))),
    retryAfterSeconds: seconds,
  }),
  z.strictObject({ version, outcome: z.literal('not-mine') }),
  z.strictObject({ version, outcome: z.literal('unavailable'), retryAfterSeconds: seconds }),
])

/** A value that holds no `;` cannot smuggle a second cookie in. */
const value = z.string().check(z.minLength(1), z.maxLength(65_536), z.regex(/^[^;\p{Cc}]+$/u))
const credential = z.strictObject({
  version,
  carrier: z.enum(['bearer', 'header', 'cookie']),
  name: token,
  value,
  companions: z.array(z.tuple([token, value])).check(z.maxLength(MAX_LIST)),
  fresh: z.boolean(),
  refresh: z.boolean(),
})

/** Reads an answer; null for anything else, however it is built. */
export function readAnswer(sent: unknown): RemoteAnswer | null {
  return parsePlain(answer, sent) as RemoteAnswer | null
}

/** Reads a credential; null for anything else. */
export function readCredential(sent: unknown): RemoteCredential | null {
  return parsePlain(credential, sent) as RemoteCredential | null
}

/** Copied as JSON first: what crossed RPC may have accessors, functions or cycles. */
function parsePlain(schema: z.ZodMiniType, sent: unknown): unknown {
  try {
    const parsed = z.safeParse(schema, JSON.parse(JSON.stringify(sent)))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

export function toRemoteCredential({ carrier, name, value, companions }: Presented, demand: Demand): RemoteCredential {
  const beside = [...(companions ?? [])].filter(([other]) => other !== name && !isChunkOf([name], other))
  return {
    version: 1,
    carrier,
    name,
    value,
    companions: beside.flatMap(([other, values]) => values.map((one): [string, string] => [other, one])),
    fresh: demand.fresh,
    refresh: demand.refresh,
  }
}
