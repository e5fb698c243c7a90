import { expect, it } from 'vitest'
import { createDualAuth, remote } from '../../src/index.js'
import { cookies } from '../support/requests.js'

it('tells every service of a logout, also beside one that is down, and says so', async () => {
  const told: string[] = []
  const down = new Error('the service is down')
  const service = (name: string, failure: Error | null) =>
    remote({
      name,
      credentials: [{ cookie: name }],
      validate: ({ operation }) => {
        told.push(`${name} ${operation}`)
        return failure === null ? Promise.resolve({ version: 2, outcome: 'ended' }) : Promise.reject(failure)
      },
    })
  const auth = createDualAuth({
    verifiers: [service('first', down), service('second', null), service('third', down)],
    link: () => null,
  })
  const request = cookies(['first', '1'], ['second', '2'], ['third', '3'])
  await expect(auth.endSession(request)).rejects.toThrow()
  expect(told.sort()).toEqual(['first end-session', 'second end-session', 'third end-session'])
})
