import type { AuthEvent } from './events.js'

/** A record for auditors. It contains no credential, hash or e-mail address. */
export interface AuditRecord {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The instance that recorded it, by the application's name for it. */
  readonly actor: string
  /** Such as `session.exchanged` or `requests.refused`. */
  readonly event: string
  readonly organization: string | null
  /** The person or service concerned, by the application's own id. */
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

/** The record of one event. Null: it happens too often, or is of no use to an auditor. */
export function recordOf(event: AuthEvent): Recorded | null {
  switch (event.type) {
    case 'exchanged': {
      const { migration, from, to, carrier, automatic, principalId: subject, organization } = event
      return about('session.exchanged', { migration, from, to, carrier, automatic }, { subject, organization })
    }
    case 'revoked':
      // Revocations from the feed are recorded by the instance that was asked.
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

/** Events that may come with every request are counted: one record for each kind and interval. */
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

/**
 * One record per person if the exchange was requested. For automatic exchanges, an outage would create one record for
 * everybody.
 */
function exchangeRefused(event: Extract<AuthEvent, { readonly type: 'exchange_refused' }>): Recorded {
  const { migration, verifier, code, carrier, automatic, reason } = event
  const whose = automatic ? {} : { subject: event.principalId, organization: event.organization }
  return about('session.exchange_refused', { migration, verifier, code, carrier, automatic }, { ...whose, reason })
}
