import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { oidcSession } from '../../src/index.js'
import { isDateTime } from '../../src/settings/dates.js'

it('clearing a session fits into a header, however many chunks a sibling subdomain tossed', () => {
  const session = oidcSession({ cookiePasswords: [randomBytes(32).toString('base64url')], cookie: { name: 'session' } })
  const tossed = Array.from({ length: 100 }, (_, at) => `session.${99 - at}=x`).join('; ')
  const fields = session.clear({ method: 'POST', headers: { cookie: tossed } }).map(({ field }) => field)
  expect(fields.slice(0, 3).map((field) => field.split('=', 1)[0])).toEqual(['session', 'session.0', 'session.1'])
  expect(fields.join('').length).toBeLessThan(4096)
})

it.each([
  ['2026-03-01T00:00:00+14:00', true],
  ['2026-03-01T00:00:00-15:59', true],
  ['2026-03-01T00:00:00+16:00', false],
  ['2026-03-01T00:00:00-23:59', false],
])('a date has a time zone that a database takes: %s', (text, isTaken) => {
  expect(isDateTime(text)).toBe(isTaken)
})
