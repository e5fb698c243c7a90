import * as bcrypt from '@node-rs/bcrypt'
import { legacyPasswordEndpoint } from '@dualauth/endpoints'
import { expect, it } from 'vitest'
import { createPasswords } from '../src/index.js'
import { ASCII, MADE } from './fixtures/made.js'

const SECRET = 'a-secret-of-the-provider-and-this-side'

it.each([
  ['a hash of PHP', MADE[0]!.hash, ASCII, 200],
  ['another password', MADE[0]!.hash, 'guess', 403],
  ['a hash that cannot be judged', '5f4dcc3b5aa765d61d8327deb882cf99', ASCII, 503],
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
