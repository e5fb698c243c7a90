import { expect, it } from 'vitest'
import { unanswered } from '../../src/errors/unanswered.js'

const named = (name: string): string =>
  unanswered('sessions(web).find', Object.assign(new Error('x'), { name })).message

it('an outage names the class of what was thrown, and nothing that may be a token', () => {
  expect(named('SequelizeForeignKeyConstraintError')).toBe('sessions(web).find: SequelizeForeignKeyConstraintError')
  for (const name of ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln', 'a'.repeat(64), 'no session of Ada'])
    expect(named(name)).toBe('sessions(web).find')
})
