import type { ErrorDescription } from '@dualauth/core'
import { ROLES } from './roles.js'

type Row = Readonly<Record<string, unknown>>

/** Whom a page is for. */
export interface Person {
  readonly name: string
  readonly bio: string
  /** Where this page acts. */
  readonly organization: string | null
  /** As WorkOS calls them. */
  readonly roles: readonly string[]
  readonly organizations: readonly Row[]
}

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 40rem; padding: 1rem; color: #222 }
header { display: flex; gap: 1rem; align-items: center; border-bottom: 1px solid #ddd; padding-bottom: .75rem }
header form { margin-left: auto } h1 { font-size: 1.4rem } a { color: #3730a3 } form { display: flex; gap: .5rem; flex-wrap: wrap }
.role { width: fit-content; background: #eef; border-radius: 1rem; padding: .1rem .7rem; font-size: .85rem }
button, input { font: inherit; padding: .35rem .7rem; border: 1px solid #bbc; border-radius: .4rem; background: #fff }`

export function homePage(person: Person | null): string {
  if (person === null) return page('Projects', null, `<p>Plan your projects together.</p><p>${signInTo('/')}</p>`)
  const list = person.organizations.map((one) => `<li>${linkTo(one)}</li>`).join('')
  return page('Your organizations', person, list === '' ? '<p>You are in no organization yet.</p>' : `<ul>${list}</ul>`)
}

export function profilePage(person: Person | null): string {
  const { name, bio } = person ?? { name: '', bio: '' }
  return page(
    'Your profile',
    person,
    `<form method="post"><input name="name" aria-label="Name" value="${text(name)}">
<input name="bio" aria-label="About you" value="${text(bio)}"><button>Save</button></form>`,
  )
}

export function organizationPage(person: Person | null, titles: readonly string[], mayWrite: boolean): string {
  const { organization, organizations = [], roles = [] } = person ?? {}
  const name = organizations.find(({ id }) => id === organization)?.['name']
  // A role that the table does not know is none.
  const role = roles.flatMap((slug) => ROLES[slug] ?? [])[0] ?? 'no role'
  const add = `<form method="post" action="/organizations/${organization}/projects"><input name="title" aria-label="Title"><button>Add a project</button></form>`
  const list = titles.map((title) => `<li>${text(title)}</li>`).join('')
  return page(String(name), person, `<p class="role">${role}</p><ul>${list}</ul>${mayWrite ? add : ''}`)
}

/** @param path Of the page that was refused. */
export function problemPage({ code, title }: ErrorDescription, path: string): string {
  return page(title, null, `<p><code>${code}</code></p><p>${signInTo(path)}</p>`)
}

/** A path that is no page, such as the one of the callback, leads home: `signInEndpoints` sees to it. */
function signInTo(path: string): string {
  return `<a href="/auth/sign-in?returnTo=${encodeURIComponent(path)}">Sign in</a>`
}

function page(title: string, person: Person | null, body: string): string {
  const out = '<form method="post" action="/auth/sign-out"><button>Sign out</button></form>'
  const places = person?.organizations.map(linkTo).join(' ') ?? ''
  const known = person === null ? '' : `<a href="/profile">${text(person.name || 'Your profile')}</a> ${places}${out}`
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${text(title)}</title><style>${STYLE}</style>
<header><a href="/"><strong>Projects</strong></a>${known}</header><h1>${text(title)}</h1>${body}</html>`
}

function linkTo({ id, name }: Row): string {
  return `<a href="/organizations/${text(String(id))}">${text(String(name))}</a>`
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
