import { startFakeWorkos } from '@dualauth/testing'
import { WorkOS } from '@workos-inc/node'
import { describe, expect, it } from 'vitest'
import { endpoint, eventText, NOW, SECRET, signatureOf } from './delivery.js'

const { webhooks } = new WorkOS('sk_test_of_this_test')
const BODY = eventText('user.updated', { id: 'user_01', first_name: 'Zoë 😀', updated_at: new Date(NOW).toISOString() })
const payload = JSON.parse(BODY) as Record<string, unknown>

describe('the SDK of WorkOS', () => {
  it('makes signatures that are taken here', async () => {
    const digest = await webhooks.computeSignature(NOW, payload, SECRET)
    const { send } = endpoint()
    expect(await send(BODY, { 'workos-signature': `t=${NOW}, v1=${digest}` })).toMatchObject({ status: 200 })
  })

  it('takes what our tests sign, and refuses what they forge', async () => {
    const header = signatureOf(BODY, Date.now())
    expect(await webhooks.verifyHeader({ payload, sigHeader: header, secret: SECRET })).toBe(true)
    await expect(webhooks.verifyHeader({ payload, sigHeader: header, secret: 'another_secret' })).rejects.toThrow()
  })

  it('passes a time that lies ahead, which is refused here', async () => {
    const ahead = signatureOf(BODY, Date.now() + 86_400_000)
    expect(await webhooks.verifyHeader({ payload, sigHeader: ahead, secret: SECRET })).toBe(true)
    const { send } = endpoint({ now: Date.now })
    expect(await send(BODY, { 'workos-signature': ahead })).toMatchObject({ reason: 'out_of_time' })
  })
})

it('takes the deliveries of the test kit', async () => {
  const fake = await startFakeWorkos({ now: () => NOW })
  const { send } = endpoint({ secrets: [fake.webhookSecret] })
  const { headers, body } = fake.webhook('user.deleted', { object: 'user', id: 'user_01' })
  expect(await send(body, headers)).toMatchObject({ status: 200 })
  await fake.close()
})
