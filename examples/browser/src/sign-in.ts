import type { Page } from '@dualauth/servers'

/** Signs in at the pages of the provider, and agrees to what it asks. @param page Of the example, with nobody signed in. */
export async function signInAs(page: Page, name: string): Promise<void> {
  await page.click('#sign-in')
  await page.fill('[name=login]', name)
  await page.fill('[name=password]', 'any')
  await page.click('[type=submit]')
  // The next page of the provider has no field for a name.
  await page.waitForSelector('form:not(:has([name=login])) [type=submit]')
  await page.click('[type=submit]')
  await page.getByText(`Signed in as ${name}`).waitFor()
}
