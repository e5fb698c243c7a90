import { isAuthError } from '@dualauth/core'
import { parseArgs } from 'node:util'
import { printDashboard } from './dashboard.js'
import { printRules } from './metric-rules.js'
import { DEFAULTS } from './thresholds.js'

const HELP = `Usage: dualauth-rules [--provider NAME] [--set NAME=VALUE]...
       dualauth-rules --dashboard

Prints recording rules and alerts for Prometheus, in YAML.

  --provider NAME   the verifier of Better Auth, for the recording rules (default: better-auth)
  --dashboard       prints the dashboard for Grafana instead, in JSON
  --set NAME=VALUE  a threshold; may be repeated. Their usual values:

${Object.entries(DEFAULTS)
  .map(([name, value]) => `    ${name}=${value}`)
  .join('\n')}
`

/** What the command prints. `error` is null if it succeeded. */
export function runRules(args: readonly string[]): { readonly out: string; readonly error: string | null } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        provider: { type: 'string' },
        set: { type: 'string', multiple: true },
        dashboard: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
    if (values.help === true) return { out: HELP, error: null }
    if (values.dashboard === true) return { out: printDashboard(), error: null }
    const thresholds = Object.fromEntries((values.set ?? []).map(readThreshold))
    const out = printRules({ thresholds, ...(values.provider !== undefined && { provider: values.provider }) })
    return { out, error: null }
  } catch (cause) {
    // A bug of ours has a stack.
    if (!isAuthError(cause) && !(cause instanceof TypeError)) throw cause
    return { out: '', error: `dualauth-rules: ${cause.message} (see --help)` }
  }
}

function readThreshold(given: string): readonly [string, string | number] {
  const [name = '', ...rest] = given.split('=')
  const value = rest.join('=')
  const usual = (DEFAULTS as unknown as Readonly<Record<string, string | number>>)[name]
  return [name, typeof usual === 'number' && value.trim() !== '' ? Number(value) : value]
}
