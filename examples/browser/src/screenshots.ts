import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startChromium, type Page } from '@dualauth/servers'
import { signInAs } from './sign-in.js'
import { startExample } from './start.js'

/** The pictures of docs/client.md. @param folder Where they are written. */
export async function takeScreenshots(folder: URL): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const example = await startExample()
  const browser = await startChromium()
  try {
    const context = await browser.newContext({ viewport: { width: 640, height: 360 } })
    const take = async (page: Page, name: string): Promise<void> => {
      await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, folder)) })
      console.log(`examples/browser/screenshots/${name}.png`)
    }
    const announcement = { sunset: '2027-03-01T00:00:00Z', banner: true, documentation: 'https://app.example.com/move' }
    await example.publish({ stage: 'prefer-new', announcement })
    const page = await context.newPage()
    await page.goto(example.origin)
    await signInAs(page, 'ada')
    await page.click('#load')
    await page.getByText('another thing').waitFor()
    await take(page, 'banner')
    example.pass(61)
    example.provider.isDown = true
    await page.click('#load')
    await page.getByText('We cannot check').waitFor()
    await take(page, 'outage')
  } finally {
    await browser.close()
    await example.close()
  }
}
