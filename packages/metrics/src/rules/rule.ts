/** A recording rule or an alert, as Prometheus reads it. */
export type Rule = RecordingRule | AlertRule

interface RecordingRule {
  readonly record: string
  readonly expr: string
}

/** An alert as Prometheus reads it. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: Severity }
  readonly annotations: { readonly summary: string; readonly description: string }
}

/** `page` wakes somebody, `warning` is looked at by day, `info` is a nudge. */
export type Severity = 'page' | 'warning' | 'info'

/** A rule file. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly interval?: string; readonly rules: readonly Rule[] }[]
}
