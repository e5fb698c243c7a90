// New people by an insert of ours and by a hook of the application, and people who are there already, who sign in for the
// first time, twice at once, until the process is killed. Whatever was cut off is asked for again by a later process.
import { accounts } from '@dualauth/postgres'

const NEWCOMERS = 4000
const STAFF = 400

/** An insert that may be repeated, as the page on accounts asks of a hook. */
function open(query) {
  return accounts(query, {
    users: { table: 'people', email: 'email' },
    verifiers: {
      create: { provision: 'create' },
      hook: {
        provision: async ({ subject }, { proposedId }) => {
          await query(`insert into people (id, email) values ($1::text::uuid, $2::text) on conflict (id) do nothing`, [
            proposedId,
            `hook-${subject}@example.com`,
          ])
          return { id: proposedId }
        },
      },
      staff: { ownId: { claim: 'external_id' } },
    },
  })
}

const identity = (verifier, subject, claims) => ({
  verifier,
  issuer: 'https://issuer.example.com',
  subject,
  kind: 'user',
  claims,
  organization: null,
  roles: [],
  permissions: [],
})

async function signIn(people, verifier, subject) {
  const claims =
    verifier === 'staff' ? { external_id: staffId(subject) } : { email: `${verifier}-${subject}@example.com` }
  const account = await people.link(identity(verifier, subject, claims))
  if (account === null || 'refuse' in account) throw new Error(`${verifier} ${subject}: ${JSON.stringify(account)}`)
  return account.id
}

const staffId = (subject) => `00000000-0000-4000-8000-${subject.padStart(12, '0')}`

async function work({ query, report }) {
  const people = open(query)
  for (;;) {
    for (const verifier of ['create', 'hook', 'staff']) {
      const subject = String(Math.floor(Math.random() * (verifier === 'staff' ? STAFF : NEWCOMERS)))
      try {
        const ids = await Promise.all([signIn(people, verifier, subject), signIn(people, verifier, subject)])
        for (const id of ids) report({ verifier, subject, id })
      } catch (error) {
        // Somebody who was killed holds the claim of this person for 30 seconds.
        if (!/has not finished/.test(error.message)) throw error
      }
    }
  }
}

async function prepare({ query }) {
  await query('create table people (id uuid primary key default gen_random_uuid(), email text unique)', [])
  await query(
    `insert into people (id, email) select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'staff-' || n
     from generate_series(0, ${STAFF - 1}) n`,
    [],
  )
}

async function check({ query, reports }) {
  const ids = new Map()
  for (const { verifier, subject, id } of reports) {
    const who = `${verifier} ${subject}`
    if ((ids.get(who) ?? id) !== id) throw new Error(`${who} is two accounts`)
    ids.set(who, id)
  }
  const people = open(query)
  // What was cut off in a hook is finished by the next request, with the same id.
  await query(`update dualauth.provisioning set claimed_until = '-infinity'`, [])
  const cut = await query('select verifier, subject from dualauth.provisioning', [])
  for (const { verifier, subject } of cut) await signIn(people, verifier, subject)
  for (const [who, id] of ids) {
    const [verifier, subject] = who.split(' ')
    if ((await signIn(people, verifier, subject)) !== id) throw new Error(`${who} is another account now`)
  }
  await none(query, 'an account without a link', NEW_WITHOUT_LINK)
  await none(query, 'a link to nobody', LINK_TO_NOBODY)
  await none(query, 'an account that is still being made', STILL_BEING_MADE)
  const [{ links }] = await query('select count(*)::int as links from dualauth.identity_link', [])
  return `${links} people linked, ${reports.length} reports, ${cut.length} cut off in a hook and finished`
}

const NEW_WITHOUT_LINK = `select 1 from people p where p.email not like 'staff-%'
  and (select count(*) from dualauth.identity_link l where l.account_id = p.id::text) <> 1`
const LINK_TO_NOBODY = `select 1 from dualauth.identity_link l
  where not exists (select 1 from people p where p.id::text = l.account_id)`

// A claim that was taken when the account was there already is nobody's, and in nobody's way.
const STILL_BEING_MADE = `select 1 from dualauth.provisioning where (verifier, issuer, subject) not in
  (select verifier, issuer, subject from dualauth.identity_link)`

async function none(query, what, sql) {
  const found = await query(sql, [])
  if (found.length > 0) throw new Error(`${found.length} times ${what}`)
}

export const firstSignInsAct = { prepare, work, check }
