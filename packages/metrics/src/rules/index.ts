export { printDashboard } from './dashboard.js'
export { metricRules, printRules, type RuleOptions } from './metric-rules.js'
export type { AlertRule, Rule, RuleFile, Severity } from './rule.js'
export type { Thresholds } from './thresholds.js'
