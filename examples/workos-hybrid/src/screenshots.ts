import { fileURLToPath } from 'node:url'
import { startChromium } from '@dualauth/servers'
import { populate } from './people.js'
import type { Running } from './start.js'

/** The pages as they are in a browser, for the documentation. */
export async function takeScreenshots(running: Running): Promise<void> {
  const { acme } = populate(running)
  await running.importAll()
  const browser = await startChromium()
  try {
    const page = await browser.newPage({ viewport: { width: 640, height: 340 } })
    const take = async (name: string): Promise<void> => {
      const path = fileURLToPath(new URL(`../screenshots/${name}.png`, import.meta.url))
      await page.screenshot({ path })
    }
    await page.goto(`${running.url}/profile`)
    await take('refused')
    await page.click('text=Sign in')
    await take('authkit')
    await page.click('button:has-text("Ada")')
    await page.fill('input[name=name]', 'Ada Lovelace')
    await page.fill('input[name=bio]', 'Numbers, mostly')
    await page.click('text=Save')
    await take('profile')
    await page.goto(`${running.url}/organizations/${acme}`)
    await page.fill('input[name=title]', 'Analytical engine')
    await page.click('text=Add a project')
    await take('organization')
  } finally {
    await browser.close()
  }
}
