import { expect } from 'vitest'
import type { Examination, Said } from './patient.js'

/** One finding of this code and no other, whose mend names the option. */
export function expectMend({ code, findings, codes }: Examination, expected: string, option: string): Said {
  expect(codes).toEqual([expected])
  const found = findings.find((one) => one.code === expected) as Said
  expect(found.mend).toContain(option)
  expect(code).toBe(found.severity === 'problem' ? 1 : 0)
  return found
}
