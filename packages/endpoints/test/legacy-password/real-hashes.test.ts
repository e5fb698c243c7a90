import * as bcrypt from '@node-rs/bcrypt'
import { createPasswords } from '@dualauth/passwords'
import { expect, it } from 'vitest'
import { legacyPasswordEndpoint } from '../../src/index.js'

const PASSWORD = 'correct horse battery'
const HASH = await bcrypt.hash(PASSWORD, { cost: 5, version: '2y' })
const SECRET = 'a-secret-of-the-provider-and-this-side'

it.each([
  ['the right password', HASH, PASSWORD, 200],
  ['another password', HASH, 'guess', 403],
  ['a hash that cannot be judged', '5f4dcc3b5aa765d61d8327deb882cf99', PASSWORD, 503],
])('a provider that asks this side is told: %s', async (_, hash, password, status) => {
  const handle = legacyPasswordEndpoint({
    dialect: 'ory',
    passwords: createPasswords({ bcrypt }),
    find: () => ({ id: 'ada', hash }),
    secrets: [SECRET],
  })
  const response = await handle(
    new Request('https://old.example.com/check', {
      method: 'POST',
      headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
      body: JSON.stringify({ identifier: 'ada@example.com', password }),
    }),
  )
  expect(response.status).toBe(status)
})
