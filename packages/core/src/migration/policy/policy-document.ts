import * as z from 'zod/mini'
import { pageUrl } from '../../outbound/page-url.js'
import { dateTime } from '../../settings/dates.js'
import { optionError, parseOptions } from '../../settings/options.js'
import { isObject, object, text, wholeBetween } from '../../settings/schemas.js'
import { STAGE_RULES, STAGES, type Stage } from '../stage.js'

/** The differences for one organization. Anything left out is the same as for everybody. */
export interface OrganizationPolicy {
  readonly stage?: Stage
  /** The share of its units for which the new side issues, in hundredths of a percent, from 0 to 10,000. */
  readonly basisPoints?: number
  /**
   * True stops the rollout for the organization: the old side issues for all of its people, even those in `include`.
   * Requires `stage`, so that the organization stays where it is when the general stage changes. Default false.
   */
  readonly hold?: boolean
}

/** For whom the new side issues in `dual` and `prefer-new`. It never decides who is accepted. */
export interface Rollout {
  /** The unit to count: the application's own user id, the organization, or the text typed into a login page. */
  readonly unit: 'user' | 'organization' | 'identifier'
  /** Rollouts with different salts select units independently. Another salt selects other units. */
  readonly salt: string
  /** The share of units, in hundredths of a percent: 150 is 1.5 %, 10,000 is everybody. */
  readonly basisPoints: number
  /**
   * Units for which the new side always issues, such as pilot users. Write identifiers with `hashedIdentifier`; plain
   * identifiers put addresses in the policy.
   */
  readonly include?: readonly string[]
  /** Units for which the old side always issues. It takes precedence over `include`. */
  readonly exclude?: readonly string[]
}

/**
 * Refuses credentials of the old side from some date, while the stage still accepts that side. Dates are ISO 8601 with
 * a time zone.
 */
export interface CutOff {
  /**
   * The old side issues nothing after this time. A credential issued later is refused, with a tolerance of one minute.
   */
  readonly refuseIssuedAfter?: string
  /** Credentials of the old side are refused from this time on. Must not be before `refuseIssuedAfter`. */
  readonly acceptUntil?: string
  /**
   * Maximum age of a credential of the old side, in seconds, counted from now or from `refuseIssuedAfter`, whichever is
   * earlier.
   */
  readonly maxAgeSeconds?: number
  /**
   * What to do with credentials without a time of issue, once `refuseIssuedAfter` has passed or if `maxAgeSeconds` is
   * set. Default `refuse`.
   */
  readonly undated?: 'refuse' | 'accept'
}

/** The announcement to callers of the old side. Dates are ISO 8601 with a time zone. */
export interface Announcement {
  /** The date of the old side's deprecation, past or future (RFC 9745). */
  readonly deprecation?: string
  /** When the old side is expected to end (RFC 8594). Must not be before `deprecation`. */
  readonly sunset?: string
  /** A page that explains the migration. https, or http on loopback. */
  readonly documentation?: string
  /** The login page of the new side. https, or http on loopback. */
  readonly login?: string
  /** Whether `dual` announces like `prefer-new`. Default false. */
  readonly inDual?: boolean
  /** Whether pages show a banner. Default false. */
  readonly banner?: boolean
}

/** The state of a migration. It is data, so it can change while the application runs. */
export interface PolicyDocument {
  /** Only ever increases. A rollback is a new version with old content. */
  readonly version: number
  readonly stage: Stage
  /** By the application's own organization id. */
  readonly organizations?: Readonly<Record<string, OrganizationPolicy>>
  /** Default: the new side issues for nobody in `dual` and `prefer-new`. */
  readonly rollout?: Rollout
  /**
   * `new`: in `dual` and `prefer-new`, people without an account start on the new side, whatever the rollout says.
   * Default `rollout`.
   */
  readonly newUsers?: 'rollout' | 'new'
  /** Applies in `dual` and `prefer-new`. */
  readonly cutOff?: CutOff
  readonly announcement?: Announcement
  /**
   * An instance starts to issue on the new side only this many milliseconds after it first saw a policy that accepts
   * that side, so that instances one version behind accept the credentials. Default 30,000.
   */
  readonly settleMs?: number
  /** The version that this one rolls back to. It has the content or the stage of that version. */
  readonly rollbackOf?: number
}

const basisPoints = wholeBetween(0, 10_000)
const stage = z.enum(STAGES, `one of ${STAGES.join(', ')}`)
const id = z.string('an id of 1 to 512 characters').check(z.minLength(1), z.maxLength(512))
const version = wholeBetween(1, Number.MAX_SAFE_INTEGER)

const organization = object({
  stage: z.exactOptional(stage),
  basisPoints: z.exactOptional(basisPoints),
  hold: z.exactOptional(z.boolean()),
}).check(
  z.refine(({ hold, stage }) => hold !== true || stage !== undefined, {
    path: ['stage'],
    error: 'required with `hold`',
  }),
  z.refine(({ hold, stage }) => hold !== true || stage === undefined || STAGE_RULES[stage].issues !== 'new', {
    path: ['hold'],
    error: 'left out if only the new side is accepted',
  }),
)

const schema: z.ZodMiniType<PolicyDocument> = object({
  version,
  stage,
  organizations: z.exactOptional(z.record(id, organization)),
  rollout: z.exactOptional(
    object({
      unit: z.enum(['user', 'organization', 'identifier']),
      salt: text.check(z.maxLength(256)),
      basisPoints,
      include: z.exactOptional(z.array(id)),
      exclude: z.exactOptional(z.array(id)),
    }),
  ),
  newUsers: z.exactOptional(z.enum(['rollout', 'new'])),
  cutOff: z.exactOptional(
    object({
      refuseIssuedAfter: z.exactOptional(dateTime),
      acceptUntil: z.exactOptional(dateTime),
      maxAgeSeconds: z.exactOptional(wholeBetween(1, 10_000_000_000)),
      undated: z.exactOptional(z.enum(['refuse', 'accept'])),
    }).check(
      z.refine((value) => inOrder(value.refuseIssuedAfter, value.acceptUntil), {
        path: ['acceptUntil'],
        error: 'not before refuseIssuedAfter',
      }),
    ),
  ),
  announcement: z.exactOptional(
    object({
      deprecation: z.exactOptional(dateTime),
      sunset: z.exactOptional(dateTime),
      documentation: z.exactOptional(pageUrl),
      login: z.exactOptional(pageUrl),
      inDual: z.exactOptional(z.boolean()),
      banner: z.exactOptional(z.boolean()),
    }).check(
      z.refine((value) => inOrder(value.deprecation, value.sunset), {
        path: ['sunset'],
        error: 'not before deprecation',
      }),
    ),
  ),
  settleMs: z.exactOptional(wholeBetween(0, 86_400_000)),
  rollbackOf: z.exactOptional(version),
})

/**
 * Checks a document where it is defined, and types its stages.
 * @throws {AuthError} `configuration_invalid`, naming each mistake by its path.
 * @example definePolicy({ version: 1, stage: 'dual', rollout: { unit: 'user', salt: 'spring', basisPoints: 100 } })
 */
export function definePolicy(document: PolicyDocument): PolicyDocument {
  return readPolicy(document, 'definePolicy')
}

/**
 * Reads a document from a source. An unknown member is a mistake, because a rule of a newer version must not be
 * ignored.
 * @throws {AuthError} `configuration_invalid`, naming each mistake by its path.
 */
export function readPolicy(document: unknown, owner = 'policy'): PolicyDocument {
  // A name that a JavaScript object does not keep: that organization would silently be at everybody's stage.
  const { organizations } = (document ?? {}) as Partial<PolicyDocument>
  if (isObject(organizations) && Object.hasOwn(organizations, '__proto__'))
    throw optionError(`${owner}.organizations`, 'must not contain an organization called __proto__')
  return parseOptions(schema, document, owner)
}

function inOrder(earlier: string | undefined, later: string | undefined): boolean {
  return earlier === undefined || later === undefined || Date.parse(earlier) <= Date.parse(later)
}
