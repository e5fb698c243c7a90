import { expect, it } from 'vitest'
import { printDashboard, printRules } from '../../src/rules/index.js'
import { runRules } from '../../src/rules/run-rules.js'

it('prints the rules with thresholds of the command line', () => {
  expect(runRules([])).toEqual({ out: printRules(), error: null })
  const { out } = runRules(['--provider', 'accounts', '--set', 'successRatio=0.95', '--set', 'window=2m'])
  expect(out).toBe(printRules({ provider: 'accounts', thresholds: { successRatio: 0.95, window: '2m' } }))
})

it('says which thresholds there are', () => {
  expect(runRules(['--help'])).toMatchObject({ out: expect.stringContaining('successRatio=0.9'), error: null })
})

it('prints the dashboard', () => {
  expect(runRules(['--dashboard'])).toEqual({ out: printDashboard(), error: null })
})

it.each([['--set', 'successRatio=high'], ['--set', 'successRate=1'], ['--set', 'window='], ['--unknown'], ['file']])(
  'refuses %s %s and prints no rules',
  (...args) => {
    const { out, error } = runRules(args)
    expect([out, error?.startsWith('dualauth-rules: ')]).toEqual(['', true])
  },
)
