import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { describe, expect, it } from 'vitest'
import { ERRORS, type ErrorCode } from '../../packages/core/src/errors/error-table.js'
import { ROOT, textOf } from './snippets.js'

/** The page that says when a code is given. */
const PAGE: Record<ErrorCode, string> = {
  credential_missing: 'rules/extract.md',
  credential_malformed: 'rules/extract.md',
  credential_too_large: 'rules/extract.md',
  credential_ambiguous: 'rules/route.md',
  credential_unsupported: 'rules/route.md',
  credential_invalid: 'rules/verify.md',
  credential_expired: 'rules/verify.md',
  credential_revoked: 'rules/verify.md',
  client_invalid: 'introspection.md',
  identity_conflict: 'rules/extract.md',
  identity_unlinked: 'rules/link.md',
  account_banned: 'rules/verify.md',
  account_deactivated: 'rules/link.md',
  account_conflict: 'rules/link.md',
  account_refused: 'rules/link.md',
  origin_untrusted: 'rules/extract.md',
  permission_denied: 'rules/authorize.md',
  role_required: 'rules/authorize.md',
  organization_required: 'rules/authorize.md',
  organization_mismatch: 'rules/authorize.md',
  sign_in_failed: 'sign-in.md',
  sign_in_required: 'exchange.md',
  exchange_refused: 'exchange.md',
  request_invalid: 'api-keys.md',
  signature_invalid: 'webhooks.md',
  resource_not_found: 'api-keys.md',
  method_not_allowed: 'api-keys.md',
  resource_conflict: 'api-keys.md',
  endpoint_retired: 'steering.md',
  limit_reached: 'api-keys.md',
  body_too_large: 'api-keys.md',
  media_type_unsupported: 'api-keys.md',
  rate_limited: 'rules/verify.md',
  verifier_unavailable: 'rules/verify.md',
  account_unavailable: 'rules/link.md',
  legacy_retired: 'steering.md',
  credential_not_accepted: 'steering.md',
  password_refused: 'passwords.md',
  password_format_unknown: 'passwords.md',
  password_hash_malformed: 'passwords.md',
  password_cost_refused: 'passwords.md',
  password_checks_busy: 'passwords.md',
  policy_unavailable: 'steering.md',
  store_unavailable: 'api-keys.md',
  configuration_invalid: 'rules/route.md',
  middleware_missing: 'rules/authorize.md',
  middleware_conflict: 'rules/respond.md',
  guard_not_called: 'rules/authorize.md',
  principal_missing: 'rules/respond.md',
}

const CHALLENGE = { bare: '`Bearer` without `error`', none: 'none' } as const

function errorTable(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, challenge, title }]) => {
    const page = PAGE[code as ErrorCode]
    const room = /([\w-]+)\.md$/.exec(page)![1]!
    const spelled =
      challenge === null ? CHALLENGE.none : challenge === 'bare' ? CHALLENGE.bare : `\`error="${challenge}"\``
    return `| \`${code}\` | ${status} | ${spelled} | ${title} | [${room}](${page}) |`
  })
  return ['| Code | Status | Challenge | Title | See |', '| --- | --- | --- | --- | --- |', ...rows].join('\n')
}

describe('docs/errors.md', () => {
  it('has the table of the source; `npx vitest run --project docs -u` writes it anew', async () => {
    const page = textOf('docs/errors.md')
    const expected = page.replace(
      /(<!-- errors:begin.*?-->\n)[\s\S]*(<!-- errors:end -->)/,
      `$1\n${errorTable()}\n\n$2`,
    )
    const path = join(ROOT, 'docs/errors.md')
    const pretty = await format(expected, { ...(await resolveConfig(path)), parser: 'markdown' })
    await expect(pretty).toMatchFileSnapshot(path)
  })

  it.each(Object.entries(PAGE))('%s is explained on %s', (code, page) => {
    expect(textOf(`docs/${page}`)).toContain(`\`${code}\``)
  })
})

describe('docs/events.md', () => {
  const sourceOf = (file: string): string => readFileSync(join(ROOT, 'packages/core/src/events', file), 'utf8')
  const files = readdirSync(join(ROOT, 'packages/core/src/events')).filter((file) => /events\.ts$|chosen/.test(file))
  const types = files.flatMap((file) =>
    [...sourceOf(file).matchAll(/readonly type: '(\w+)'/g)].map(([, name]) => name!),
  )
  const rows = [...textOf('docs/events.md').matchAll(/^\| `(\w+)`/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'type' && name !== 'reason')

  it('names every event and every reason, and no other', () => {
    const [, words = ''] = /type RejectionReason =([^*]*)/.exec(sourceOf('words.ts')) ?? []
    const reasons = [...words.matchAll(/\| '(\w+)'/g)].map(([, name]) => name!)
    expect(types.length).toBeGreaterThan(5)
    expect(reasons.length).toBeGreaterThan(15)
    expect(rows.toSorted()).toEqual([...types, ...reasons].toSorted())
  })

  it('says what to do with every event', () => {
    const page = textOf('docs/events.md')
    const table = page.slice(page.indexOf('| wake somebody'), page.indexOf('`at` is milliseconds'))
    expect(types.filter((type) => !table.includes(`\`${type}\``))).toEqual([])
  })
})

/** Names in the first column of the table that has this heading. */
function column(page: string, heading: string): string[] {
  const [, table = ''] = new RegExp(`^\\| ${heading}.*\\n((?:\\|.*\\n)+)`, 'm').exec(textOf(page)) ?? []
  return [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
  )
}

const sourceOf = (path: string): string => readFileSync(join(ROOT, 'packages', path), 'utf8')
const membersOf = (source: string, name: string): string[] => {
  const body = source.slice(source.indexOf(`export interface ${name}`))
  return [...body.slice(0, body.indexOf('\n}')).matchAll(/^  readonly (\w+)/gm)].map(([, member]) => member!)
}

describe('docs/steering.md', () => {
  it('says what each reason of issuerFor means, and names no other', () => {
    const source = sourceOf('core/src/migration/issuance.ts')
    const type = source.slice(source.indexOf('export type IssuerReason'), source.indexOf('/** Which side issues, and'))
    const reasons = [...type.matchAll(/\| '(\w+)'/g)].map(([, name]) => name!)
    expect(reasons.length).toBeGreaterThan(5)
    expect(column('docs/steering.md', '`reason`').toSorted()).toEqual(reasons.toSorted())
  })

  it('says what each member of GET /auth/migration is, and of the body of legacy_retired', () => {
    const members = membersOf(sourceOf('core/src/request/migration-status.ts'), 'MigrationStatus')
    expect(members.length).toBeGreaterThan(5)
    expect(column('docs/steering.md', 'Member of `GET /auth/migration`').toSorted()).toEqual(members.toSorted())
    const [, body = ''] = /^The body of `legacy_retired`(.*\n.*\n)/m.exec(textOf('docs/steering.md')) ?? []
    const notice = membersOf(sourceOf('core/src/migration/notice.ts'), 'MigrationNotice')
    expect(notice.length).toBeGreaterThan(2)
    for (const member of notice) expect(body).toContain(`\`${member}\``)
  })
})

describe('docs/rules/respond.md', () => {
  it('names all that formatError sees', () => {
    const members = membersOf(sourceOf('core/src/respond/format.ts'), 'ErrorDescription')
    const [, seen = ''] = /^The function receives (.*?)\. Compare/ms.exec(textOf('docs/rules/respond.md')) ?? []
    expect(members.length).toBeGreaterThan(5)
    for (const member of members) expect(seen).toContain(`\`${member}`)
  })
})
