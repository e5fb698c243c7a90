import { startExample } from './start.js'

if (process.argv.includes('--screenshots')) {
  // Only these need a browser.
  const { takeScreenshots } = await import('./screenshots.js')
  await takeScreenshots(new URL('../screenshots/', import.meta.url))
} else {
  const example = await startExample({ port: Number(process.argv[2] ?? 3000) })
  await example.publish({
    stage: 'prefer-new',
    announcement: { sunset: new Date(Date.now() + 30 * 86_400_000).toISOString(), banner: true },
  })
  console.log(`Open ${example.origin} in several tabs, and sign in by any name. Each minute the session is refreshed
once for all of them. Ctrl-C ends it.`)
  process.once('SIGINT', () => void example.close().then(() => process.exit(0)))
}
