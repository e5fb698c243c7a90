import { createBrowser, type Browser } from './browser.js'
import { populate } from './people.js'
import type { Running } from './start.js'

/** One step, what it shows, and how it was answered. */
export interface Call {
  readonly shows: string
  readonly expected: string
  readonly seen: string
}

/** Ada, from her first sign-in to her last sign-out. */
export async function makeCalls(running: Running): Promise<Call[]> {
  const { url, workos, auth, importAll, catchUp } = running
  const { directory } = workos
  const { acme, globex, inAcme, inGlobex } = populate(running)
  const calls: Call[] = []
  const note = (shows: string, expected: string, seen: string) => void calls.push({ shows, expected, seen })
  const role = ({ page }: Browser): string => /class="role">([^<]+)/.exec(page)?.[1] ?? 'none'
  /** The webhook of the last thing that happened at WorkOS. */
  const deliver = (delivery = workos.deliver(directory.log.at(-1)!)): Promise<string> => post(url, delivery)
  const sessionOf = async (cookie: string): Promise<string> => {
    const result = await auth.authenticate({ method: 'GET', headers: { cookie } })
    return result.ok ? String(result.principal.sessionId) : result.error.code
  }

  const imported = await importAll()
  const { outcome, users, organizations, memberships } = imported
  note('what WorkOS had before', 'done 3 2 3', [outcome, users, organizations, memberships].join(' '))

  const ada = createBrowser(url, 'Ada')
  note('nobody opens a page', '401 /profile credential_missing', await ada.open('/profile'))
  const signIn = '/auth/sign-in?returnTo=/profile'
  note('Ada signs in at AuthKit', '200 /profile Your profile', await ada.open(signIn))
  directory.update('user', 'user_ada', { first_name: 'Ada', last_name: 'Lovelace' })
  note('the webhook of her new name', '200', await deliver())
  await ada.open('/profile')
  note('which her profile has', 'true', String(ada.page.includes('value="Ada Lovelace"')))
  const saved = { name: 'Ada L.', bio: 'Numbers' }
  note('she fills in her profile', '200 /profile Your profile', await ada.send('/profile', saved))
  note('which is kept here', 'true', String(ada.page.includes('value="Ada L."') && ada.page.includes('Numbers')))
  note('her organizations', '200 / Your organizations', await ada.open('/'))
  const [inside, other] = [`/organizations/${acme}`, `/organizations/${globex}`]
  note('Acme', `200 ${inside} Acme`, await ada.open(inside))
  note('her role there', 'ADMIN', role(ada))
  const add = `${inside}/projects`
  note('she adds a project', `200 ${inside} Acme`, await ada.send(add, { title: 'Analytical <engine>' }))
  note('she switches to Globex', `200 ${other} Globex`, await ada.open(other))
  note('her role there', 'VIEWER', role(ada))
  note(
    'where she adds none',
    `403 ${other}/projects permission_denied`,
    await ada.send(`${other}/projects`, { title: 'x' }),
  )

  const bob = createBrowser(url, 'Bob')
  await bob.open('/auth/sign-in')
  note('Bob, by a role that is in no table', `403 ${inside} permission_denied`, await bob.open(inside))
  const eve = createBrowser(url, 'Eve')
  await eve.open('/auth/sign-in')
  note('Eve, in no organization', `403 ${inside} organization_mismatch`, await eve.open(inside))

  directory.update('organization_membership', inAcme, { role: { slug: 'viewer' } })
  const genuine = workos.deliver(directory.log.at(-1)!)
  const forged = {
    ...genuine,
    headers: { ...genuine.headers, 'workos-signature': `t=${Date.now()}, v1=${'0'.repeat(64)}` },
  }
  note('a webhook that nobody signed', '400 signature_invalid', await deliver(forged))
  await ada.open(inside)
  note('changes nothing', 'ADMIN', role(ada))
  note('the webhook of her demotion', '200', await deliver())
  await ada.open(inside)
  note('counts at once, by the same cookie', 'VIEWER', role(ada))
  note('she adds no more', `403 ${add} permission_denied`, await ada.send(add, { title: 'x' }))

  directory.delete('organization_membership', inGlobex)
  note('the webhook of her leaving Globex', '200', await deliver())
  note('which is closed', `403 ${other} organization_mismatch`, await ada.open(other))

  directory.update('organization_membership', inAcme, { role: { slug: 'owner' } })
  await ada.open(inside)
  note('a webhook that was lost', 'VIEWER', role(ada))
  note('is caught up with', 'done', (await catchUp()).outcome)
  await ada.open(inside)
  note('and counts', 'OWNER', role(ada))

  const cookie = `wos-session=${eve.cookies.get('wos-session')}`
  directory.emit('session.revoked', { object: 'session', id: await sessionOf(cookie), user_id: 'user_eve' })
  note("the webhook of Eve's session", '200', await deliver())
  note('which has ended', '401 credential_revoked', await eve.ask('/profile', url))

  const attacks = [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/.//evil.example',
    'javascript:alert(1)',
  ]
  for (const attack of attacks)
    note(
      `returnTo=${attack}`,
      '200 / Your organizations',
      await ada.open(`/auth/sign-in?returnTo=${encodeURIComponent(attack)}`),
    )
  const stolen = `/auth/callback?code=abc&state=${'a'.repeat(43)}`
  note('a callback that another began', '400 /auth/callback sign_in_failed', await ada.open(stolen))

  note('another site signs her out', '403 origin_untrusted', await ada.ask('/auth/sign-out', 'https://evil.example'))
  const copied = new Map(ada.cookies)
  const session = await sessionOf(`wos-session=${ada.cookies.get('wos-session')}`)
  note('she signs out', '200 / Projects', await ada.send('/auth/sign-out', {}))
  note('no cookie is left', '', [...ada.cookies.keys()].join())
  for (const [name, value] of copied) ada.cookies.set(name, value)
  note('one that was copied before', '401 credential_revoked', await ada.ask('/profile', url))
  note('the session at WorkOS', 'ended', workos.hasEnded(session) ? 'ended' : 'goes on')
  return calls
}

async function post(url: string, delivery: { readonly headers: object; readonly body: string }): Promise<string> {
  const headers = { 'content-type': 'application/json', ...delivery.headers }
  const response = await fetch(`${url}/webhooks/workos`, { method: 'POST', headers, body: delivery.body })
  const { code } = (await response.json()) as { code?: string }
  return [response.status, code].filter(Boolean).join(' ')
}
