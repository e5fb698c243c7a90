import type { Query } from '@dualauth/core'
import type { HandleWorkosEvent } from '@dualauth/endpoints'

/** The application's own part in an event: names, which it shows. Who may do what is kept by `workosSync`. */
export function keepNames(query: Query, accountOf: (userId: string) => Promise<string | null>): HandleWorkosEvent {
  return async ({ event, data }, { outcome }) => {
    if (outcome === 'stale') return
    const { id } = data
    if (event === 'organization.created' || event === 'organization.updated')
      await query(
        `insert into organizations (id, name) values ($1::text, $2::text) on conflict (id) do update set name = excluded.name`,
        [id, data['name']],
      )
    if (event === 'organization.deleted')
      await query('update organizations set is_active = false where id = $1::text', [id])
    if (event === 'user.updated')
      await query('update users set name = $2::text where id = $1::text::uuid', [
        await accountOf(String(id)),
        [data['first_name'], data['last_name']].filter(Boolean).join(' '),
      ])
  }
}
