import type { OrganizationPolicy } from '@dualauth/core'
import { ask, join, watch, whileUnavailable, type Person } from './client.js'
import { progressOf, publish } from './operator.js'
import type { Running } from './start.js'

/** One step, what it shows, and how it was answered. */
export interface Call {
  readonly shows: string
  readonly expected: string
  readonly seen: string
}

const OUR_OWN = 'a token of our own'
const PROVIDER = 'the provider'
const ALL = 10_000

/** Acme moves, is held, and goes back; beta stays where it is. */
export async function makeCalls(running: Running): Promise<Call[]> {
  const { url, idp } = running
  const calls: Call[] = []
  const note = (shows: string, expected: string, seen: string) => void calls.push({ shows, expected, seen })
  const brief = async (...call: Parameters<typeof ask>) => (await ask(...call)).brief
  const me = ({ token }: Person, tenant?: string) => brief(url, token, 'GET /me', tenant)

  const ada = await join(running, { acme: 'member' }, ['tenant_acme_admins'])
  const abe = await join(running, { acme: 'member' }, ['tenant_acme_users'])
  const alma = await join(running, { acme: 'member' }, [])
  const cleo = await join(running, { acme: 'member', beta: 'member' }, ['tenant_acme_users', 'tenant_beta_users'])
  const bob = await join(running, { beta: 'admin' }, ['tenant_beta_users', 'tenant_acme_admins'])
  const signedIn = await Promise.all([ada, abe, alma, cleo, bob].map((one) => one.signIn()))
  note('off: everybody signs in', OUR_OWN, [...new Set(signedIn)].join())
  note('Ada, by a new token: too early', '401 credential_not_accepted', await brief(url, await ada.newToken()))

  const beta = watch(running, 'beta', [bob.token, cleo.token])
  await beta.look()
  const move = async (acme: OrganizationPolicy): Promise<string> => {
    const outcome = await publish(running, { acme }, [ada.id])
    await beta.look()
    return outcome
  }

  note('acme to dual, for its pilot Ada', 'done', await move({ stage: 'dual' }))
  note('Ada signs in', PROVIDER, await ada.signIn())
  note('Ada', '200 idp acme', await me(ada))
  note('Ada, an admin by her group', '201 acme', await brief(url, ada.token, 'POST /invoices'))
  note('Abe signs in', OUR_OWN, await abe.signIn())
  note('acme straight to new-only', 'refused: stages_skipped', await move({ stage: 'new-only' }))

  note('acme to prefer-new, for everybody', 'done', await move({ stage: 'prefer-new', basisPoints: ALL }))
  note('Abe signs in', PROVIDER, await abe.signIn())
  note('Abe', '200 idp acme', await me(abe))
  note('Abe, a member by his group', '403 permission_denied', await brief(url, abe.token, 'POST /invoices'))
  const { brief: still, headers } = await ask(url, alma.token)
  note('Alma, by her old token', '200 legacy acme', still)
  note('which says when it ends', 'Thu, 31 Dec 2026 00:00:00 GMT', String(headers.get('sunset')))
  const almaAnew = await alma.newToken()
  note('Alma, in no group: for no tenant, so at off', '401 credential_not_accepted', await brief(url, almaAnew))
  const bobAnew = await bob.newToken()
  note('Bob of beta, in a group of acme', '403 organization_mismatch', await brief(url, bobAnew, 'GET /me', 'acme'))

  note('acme is held', 'done', await move({ stage: 'prefer-new', hold: true }))
  note('Cleo, of both, signs in', OUR_OWN, await cleo.signIn())
  note('Cleo', '200 legacy acme', await me(cleo))
  note('Abe has moved, and stays', '200 idp acme', await me(abe))

  note('acme to new-only', 'done, old_side_in_use 2', await move({ stage: 'new-only' }))
  note('Alma, by her old token', '401 legacy_retired', await me(alma))
  note('Cleo, by her old token, in acme', '401 legacy_retired', await me(cleo, 'acme'))
  note('Cleo, by the same one, in beta', '200 legacy beta', await me(cleo, 'beta'))
  note('Cleo signs in to acme', PROVIDER, await cleo.signIn('acme'))
  note('Cleo, in acme', '200 idp acme', await me(cleo, 'acme'))
  note('Cleo, by the same one, in beta', '401 credential_not_accepted', await me(cleo, 'beta'))
  note('Cleo signs in to beta', OUR_OWN, await cleo.signIn('beta'))
  note('Cleo, in beta', '200 legacy beta', await me(cleo))

  note('acme back to prefer-new', 'done', await move({ stage: 'prefer-new', basisPoints: ALL }))
  note('Alma, by her old token', '200 legacy acme', await me(alma))
  note('acme back to off', 'refused: logouts_not_accepted 3', await move({ stage: 'off' }))

  idp.isDown = true
  const another = await running.startAnother()
  note('the provider is down: Abe', '200 idp acme', await me(abe))
  note('Abe, where its keys were never fetched', '503 verifier_unavailable', await brief(another.url, abe.token))
  note('Alma, in the same place', '200 legacy acme', await brief(another.url, alma.token))
  idp.isDown = false
  const served = await whileUnavailable(() => brief(another.url, abe.token))
  note('it is back: Abe, by the same token', '200 idp acme', served)
  await another.close()

  await beta.look()
  note('beta: what has changed', '0 of 54 answers', beta.verdict())
  note('Bob signs in', OUR_OWN, await bob.signIn())
  note('acme: who has moved', '3 of 4, 75.00 %', await progressOf(running, 'acme'))
  note('beta: who has moved', '0 of 2, 0.00 %', await progressOf(running, 'beta'))
  return calls
}
