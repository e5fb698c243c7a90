import type { AlertRule } from './rule.js'

/** What grew within a time, even if its series began within it: `increase` does not see the first value. */
export function grew(selector: string, window: string): string {
  return `(increase(${selector}[${window}]) > 0 or (${selector} > 0 unless ${selector} offset ${window}))`
}

export function alert(
  name: string,
  severity: AlertRule['labels']['severity'],
  wait: string | undefined,
  expr: string,
  [summary, description]: readonly [string, string],
): AlertRule {
  return {
    alert: `Dualauth${name}`,
    expr,
    ...(wait !== undefined && { for: wait }),
    labels: { severity },
    annotations: { summary, description },
  }
}
