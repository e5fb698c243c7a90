import * as z from 'zod/mini'
import { pageUrl } from '../../outbound/page-url.js'
import { dateTime } from '../../settings/dates.js'
import { optionError, parseOptions } from '../../settings/options.js'
import { isObject, object, text, wholeBetween } from '../../settings/schemas.js'
import { STAGE_RULES, STAGES, type Stage } from '../stage.js'

/** What differs for one organization; what is left out is as for everybody. */
export interface OrganizationPolicy {
  readonly stage?: Stage
  /** Share of its units that the new side issues for, in hundredths of a percent, from 0 to 10,000. */
  readonly basisPoints?: number
  /**
   * True stops the rollout for the organization: the old side issues for all of its people, `include` or not. Needs `stage`, so
   * that the organization stays where it is when the usual stage changes. Default false.
   */
  readonly hold?: boolean
}

/** For whom the new side issues in `dual` and `prefer-new`; it never says who is accepted. */
export interface Rollout {
  /** What is counted: the application's own user id, its organization, or what is typed into a login page. */
  readonly unit: 'user' | 'organization' | 'identifier'
  /** Two rollouts with different salts choose independently. Another salt chooses other units. */
  readonly salt: string
  /** Share of the units, in hundredths of a percent: 150 is 1.5 %, 10,000 everybody. */
  readonly basisPoints: number
  /**
   * Units that the new side always issues for, such as pilot users. Identifiers are written by `hashedIdentifier`, or as they are,
   * which keeps addresses in the policy.
   */
  readonly include?: readonly string[]
  /** Units that the old side always issues for; it beats `include`. */
  readonly exclude?: readonly string[]
}

/** From when on credentials of the old side are refused while the stage still accepts them. Dates as ISO 8601 with a time zone. */
export interface CutOff {
  /** The old side issues nothing after this moment: what says it was issued later, with a minute of tolerance, is refused. */
  readonly refuseIssuedAfter?: string
  /** Credentials of the old side are refused from this moment on. Not before `refuseIssuedAfter`. */
  readonly acceptUntil?: string
  /** How old a credential of the old side may be, in seconds, counted back from now or from `refuseIssuedAfter`, whichever is earlier. */
  readonly maxAgeSeconds?: number
  /** What becomes of credentials that do not say when they were issued, once `refuseIssuedAfter` has passed or where `maxAgeSeconds` is set. Default `refuse`. */
  readonly undated?: 'refuse' | 'accept'
}

/** What is announced to callers of the old side. Dates as ISO 8601 with a time zone. */
export interface Announcement {
  /** Since when the old side is deprecated, or from when on (RFC 9745). */
  readonly deprecation?: string
  /** When the old side is expected to end (RFC 8594). Not before `deprecation`. */
  readonly sunset?: string
  /** A page that explains the move; https, or http on loopback. */
  readonly documentation?: string
  /** Where people sign in on the new side; https, or http on loopback. */
  readonly login?: string
  /** Whether `dual` announces as `prefer-new` does. Default false. */
  readonly inDual?: boolean
  /** Whether pages show a banner. Default false. */
  readonly banner?: boolean
}

/** Where a migration stands: data, so that it can change while the application runs. */
export interface PolicyDocument {
  /** Only ever goes up; a rollback is a new version with old content. */
  readonly version: number
  readonly stage: Stage
  /** By the application's own organization id. */
  readonly organizations?: Readonly<Record<string, OrganizationPolicy>>
  /** Default: the new side issues for nobody in `dual` and `prefer-new`. */
  readonly rollout?: Rollout
  /** `new`: people who have no account yet begin on the new side, whatever the rollout says, in `dual` and `prefer-new`. Default `rollout`. */
  readonly newUsers?: 'rollout' | 'new'
  /** Holds in `dual` and `prefer-new`. */
  readonly cutOff?: CutOff
  readonly announcement?: Announcement
  /**
   * An instance issues on the new side only this many milliseconds after it first saw a policy that accepts it, so that
   * instances that are a version behind accept what it issued. Default 30,000.
   */
  readonly settleMs?: number
  /** The version that this one goes back to: it repeats its content, or its stage. */
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
    error: 'stated where `hold` is',
  }),
  z.refine(({ hold, stage }) => hold !== true || stage === undefined || STAGE_RULES[stage].issues !== 'new', {
    path: ['hold'],
    error: 'left out where only the new side is accepted',
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
 * Checks a document where it is written down, and types its stages.
 * @throws {AuthError} `configuration_invalid`, naming each mistake by its path.
 * @example
 * definePolicy({ version: 1, stage: 'dual', rollout: { unit: 'user', salt: 'spring', basisPoints: 100 } })
 */
export function definePolicy(document: PolicyDocument): PolicyDocument {
  return readPolicy(document, 'definePolicy')
}

/**
 * Reads a document that a source brought. What it does not know is a mistake: a newer version's rule must not be passed over.
 * @throws {AuthError} `configuration_invalid`, naming each mistake by its path.
 */
export function readPolicy(document: unknown, owner = 'policy'): PolicyDocument {
  // A name that no object of JavaScript keeps: its organization would be at everybody's stage without a word.
  const { organizations } = (document ?? {}) as Partial<PolicyDocument>
  if (isObject(organizations) && Object.hasOwn(organizations, '__proto__'))
    throw optionError(`${owner}.organizations`, 'must not hold an organization called __proto__')
  return parseOptions(schema, document, owner)
}

function inOrder(earlier: string | undefined, later: string | undefined): boolean {
  return earlier === undefined || later === undefined || Date.parse(earlier) <= Date.parse(later)
}
