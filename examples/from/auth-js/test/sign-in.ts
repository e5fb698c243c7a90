import type { Browser } from '../../start.js'

/** What the page of Auth.js does: it asks for the token against forgery, then sends the form. */
export async function signIn(browser: Browser, email: string, password: string): Promise<void> {
  const { body } = await browser.call('GET', '/auth/csrf')
  await browser.call('POST', '/auth/callback/credentials', { csrfToken: body['csrfToken'], email, password })
}

export async function signOut(browser: Browser): Promise<void> {
  const { body } = await browser.call('GET', '/auth/csrf')
  await browser.call('POST', '/auth/signout', { csrfToken: body['csrfToken'] })
}
