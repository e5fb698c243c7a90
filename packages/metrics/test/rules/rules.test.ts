import { describeWith, runPromtool } from '@dualauth/servers'
import { expect, it } from 'vitest'
import { metricRules, printRules } from '../../src/rules/index.js'
import { CASES, type AlertCase } from './alert-cases.js'

const SIX = [
  'better_auth_attempts_total',
  'better_auth_success_total',
  'better_auth_failures_total',
  'better_auth_token_validations_total',
  'better_auth_token_cache_hits_total',
  'better_auth_active_sessions',
]
const rules = printRules({ thresholds: { legacySilence: '30m', legacySilenceSeconds: 1_800 } })

interface Expectation {
  readonly expr: string
  readonly eval_time: string
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[]
}

interface RuleTest {
  readonly series: Readonly<Record<string, string>>
  readonly expectations: readonly Expectation[]
}

/** What promtool says: null where all came out as expected. */
function tested(all: readonly RuleTest[]): string | null {
  const tests = all.map(({ series, expectations }) => ({
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: expectations,
  }))
  const file = { rule_files: ['rules.yml'], evaluation_interval: '1m', tests }
  return runPromtool(['test', 'rules', 'test.yml'], { 'rules.yml': rules, 'test.yml': JSON.stringify(file) })
}

function testOf({ alert, series, firesAt, quietAt }: AlertCase): RuleTest {
  const expr = `count(ALERTS{alertname="Dualauth${alert}",alertstate="firing"})`
  const expectations = [
    ...firesAt.map((at) => ({ expr, eval_time: `${at}m`, exp_samples: [{ labels: '{}', value: 1 }] })),
    ...quietAt.map((at) => ({ expr, eval_time: `${at}m`, exp_samples: [] })),
  ]
  return { series, expectations }
}

describeWith('Prometheus', 'the rules, by promtool', () => {
  it('are rules that Prometheus takes', () => {
    expect(runPromtool(['check', 'rules', 'rules.yml'], { 'rules.yml': printRules() })).toBeNull()
  })

  // One promtool for all; where it finds something, one for each says which.
  let all: string | undefined
  it.each(CASES)(
    '$alert $says',
    (one) => {
      all ??= tested(CASES.map(testOf)) ?? ''
      expect(all === '' ? null : tested([testOf(one)])).toBeNull()
    },
    60_000,
  )

  it('emit the six names, for each process, and 0 for what has not happened yet', () => {
    const of = 'job="api",instance="1"'
    const series = {
      [`dualauth_requests_total{${of},provider="better-auth",outcome="accepted",stage="dual"}`]: '0+2x10',
      [`dualauth_requests_total{${of},provider="better-auth",outcome="accepted",stage="off"}`]: '5x10',
      [`dualauth_requests_total{${of},provider="legacy",outcome="refused"}`]: '0+9x10',
      [`dualauth_cache_requests_total{${of},provider="better-auth",result="miss"}`]: '0+1x10',
      [`dualauth_active_sessions{${of},provider="better-auth"}`]: '42x10',
      [`dualauth_active_sessions{job="api",instance="2",provider="better-auth"}`]: '42x10',
    }
    const expected = (name: string, value: number, labels = '{instance="1", job="api"}'): Expectation => ({
      expr: name,
      eval_time: '10m',
      exp_samples: [{ labels: `${name}${labels}`, value }],
    })
    const expectations = [
      expected('better_auth_attempts_total', 25),
      expected('better_auth_success_total', 25),
      expected('better_auth_failures_total', 0),
      expected('better_auth_token_validations_total', 10),
      expected('better_auth_token_cache_hits_total', 0),
      expected('better_auth_active_sessions', 42, '{job="api"}'),
    ]
    expect(tested([{ series, expectations }])).toBeNull()
  })
})

it('record exactly the six names', () => {
  const records = metricRules().groups.flatMap((group) =>
    group.rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])),
  )
  expect(records.toSorted()).toEqual(SIX.toSorted())
})

it('every alert has a test that fires and one that is quiet', () => {
  const alerts = metricRules().groups.flatMap(({ rules: all }) =>
    all.flatMap((rule) => ('alert' in rule ? [rule.alert.replace('Dualauth', '')] : [])),
  )
  const fired = CASES.filter(({ firesAt }) => firesAt.length > 0).map(({ alert }) => alert)
  const quiet = CASES.filter(({ quietAt }) => quietAt.length > 0).map(({ alert }) => alert)
  expect(alerts.filter((alert) => !fired.includes(alert) || !quiet.includes(alert))).toEqual([])
})

it('the file in the package is the one that the function prints', async () => {
  await expect(printRules()).toMatchFileSnapshot('../../prometheus/dualauth.rules.yml')
})

it('refuses wrong options by name', () => {
  expect(() => metricRules({ provider: 'a"b' })).toThrow(/metricRules\.provider/)
  expect(() => metricRules({ thresholds: { window: '5 minutes' } })).toThrow(/metricRules\.thresholds\.window/)
  expect(() => metricRules({ thresholds: { successRatio: 'a' as never } })).toThrow(/successRatio/)
  expect(() => metricRules({ thresholds: { successRate: 1 } as never })).toThrow(/successRate/)
})
