import type { WorkosSignInOptions } from '@dualauth/testing'
import type { Running } from './start.js'

/** Ids at WorkOS. */
export interface World {
  readonly acme: string
  readonly globex: string
  /** Of the memberships of Ada. */
  readonly inAcme: string
  readonly inGlobex: string
}

/** What is at WorkOS before this application is connected: two organizations, and Ada and Bob in them. */
export function populate({ workos }: Running): World {
  const { directory } = workos
  const [acme, globex] = ['Acme', 'Globex'].map((name) => directory.create('organization', { name }).id) as [
    string,
    string,
  ]
  for (const [id, first_name] of Object.entries({ user_ada: 'Ada', user_bob: 'Bob', user_eve: 'Eve' }))
    directory.create('user', { id, first_name, last_name: 'Example' })
  const join = (user_id: string, organization_id: string, slug: string): string =>
    directory.create('organization_membership', { user_id, organization_id, role: { slug } }).id
  const inAcme = join('user_ada', acme, 'admin')
  const inGlobex = join('user_ada', globex, 'viewer')
  join('user_bob', acme, 'billing-robot')
  workos.authKit.people = { Ada: signsIn('ada'), Bob: signsIn('bob'), Eve: signsIn('eve') }
  return { acme, globex, inAcme, inGlobex }
}

/** The claims are those that a JWT template of the environment adds. */
function signsIn(name: string): WorkosSignInOptions {
  const email = `${name}@example.com`
  return { user: { id: `user_${name}`, email }, claims: { email, email_verified: true } }
}
