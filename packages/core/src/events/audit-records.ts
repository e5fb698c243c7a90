import type { AuthEvent } from './events.js'

/** Something that an auditor asks for. It holds no credential, no hash and no address of anybody. */
export interface AuditRecord {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The instance that saw it, as the application calls it. */
  readonly actor: string
  /** Such as `session.exchanged` or `requests.refused`. */
  readonly event: string
  readonly organization: string | null
  /** Whom it is about, by the application's own id. */
  readonly subject: string | null
  readonly reason: string | null
  readonly data: Readonly<Record<string, string | number | boolean | null>>
}

export type Recorded = Omit<AuditRecord, 'at' | 'actor'>

const about = (
  event: string,
  data: Recorded['data'],
  { organization = null, subject = null, reason = null }: Partial<Omit<Recorded, 'event' | 'data'>> = {},
): Recorded => ({ event, organization, subject, reason, data })

/** What is recorded each time. Null: it happens too often, or tells an auditor nothing. */
export function recordOf(event: AuthEvent): Recorded | null {
  switch (event.type) {
    case 'exchanged': {
      const { migration, from, to, carrier, automatic, principalId: subject, organization } = event
      return about('session.exchanged', { migration, from, to, carrier, automatic }, { subject, organization })
    }
    case 'revoked':
      // Those of the feed are recorded where they were asked for.
      if (event.source === 'feed') return null
      return about('credential.revoked', { kind: event.kind, verifier: event.verifier }, { subject: event.principalId })
    case 'policy_adopted': {
      const { migration, version, stage } = event
      return about('policy.adopted', { migration, version, stage })
    }
    case 'policy_rejected': {
      const { migration, version, reason } = event
      return about('policy.rejected', { migration, version }, { reason })
    }
    case 'weak_secret':
    case 'unlimited_tokens': {
      const { type, verifier, until, reason } = event
      return about(`acceptance.${type}`, { verifier, until }, { reason })
    }
    case 'acceptance_ended':
      return about('acceptance.ended', { verifier: event.verifier, option: event.option })
    default:
      return null
  }
}

/** What is counted and recorded together, because it may come with every request: one record for each kind in each while. */
export function countedOf(event: AuthEvent): Recorded | null {
  if (event.type === 'exchange_refused') return exchangeRefused(event)
  if (event.type === 'denied') return about('requests.denied', { code: event.code, verifier: event.verifier })
  if (event.type === 'shadow_mismatch') {
    const { critical, migration, comparison, class: one } = event
    return critical ? about('shadow.critical', { migration, comparison, class: one }) : null
  }
  if (event.type !== 'refused' || event.code === 'credential_missing') return null
  const { code, reason, verifier, carrier, policy } = event
  const steered = policy === null ? {} : { migration: policy.migration, stage: policy.stage, side: policy.side }
  return about('requests.refused', { code, verifier, carrier, ...steered }, { reason })
}

/** By person where somebody asked for it. Where it happens on the way, an outage would be one record for everybody who is there. */
function exchangeRefused(event: Extract<AuthEvent, { readonly type: 'exchange_refused' }>): Recorded {
  const { migration, verifier, code, carrier, automatic, reason } = event
  const whose = automatic ? {} : { subject: event.principalId, organization: event.organization }
  return about('session.exchange_refused', { migration, verifier, code, carrier, automatic }, { ...whose, reason })
}
