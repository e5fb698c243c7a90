import { isAuthError } from '@dualauth/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertName, quoteLiteral, quoteName, quoteTable } from '../../src/sql/quote.js'
import { describeDatabases } from '../support/databases.js'

const names = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 15 })
  .filter((name) => !name.includes('\0') && name.isWellFormed())

describeDatabases('quoting', ({ query }) => {
  it('brings any name and any text of ours through unchanged', async () => {
    await fc.assert(
      // What drivers build rows of keeps no column called `__proto__`.
      fc.asyncProperty(
        names.filter((name) => name !== '__proto__'),
        names,
        async (name, text) => {
          const [row] = await query(`select ${quoteLiteral(text)}::text as ${quoteName(name)}`, [])
          expect(Object.entries(row!)).toEqual([[name, text]])
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('names', () => {
  it('takes a schema in front of a table', () => {
    expect(quoteTable('auth.users')).toBe('"auth"."users"')
    expect(quoteTable('drop table x; --"')).toBe('"drop table x; --"""')
  })

  it.each(['', 'a.b.c', 'a.', '.a', 'a\0', '\ud800', 'é'.repeat(32), 'x'.repeat(64)])(
    'refuses %j by its option',
    (name) => {
      expect(() => assertName(name, 'accounts.users.table')).toThrowError(
        expect.toSatisfy(
          (error: Error) => isAuthError(error) && error.message.startsWith('accounts.users.table: '),
        ) as Error,
      )
    },
  )
})
