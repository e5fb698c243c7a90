// The blocks of docs/testing.md that are tests: importing one registers its tests here.
import { pathToFileURL } from 'node:url'
import { describe } from 'vitest'
import { DOCUMENTED, fileOf } from './snippets.js'

describe.each(DOCUMENTED)('the test for %s, run as printed', async (framework) => {
  const file = fileOf('docs/testing.md', `${framework}.test.ts`)
  await import(/* @vite-ignore */ pathToFileURL(file).href)
})
