import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compile } from './compile.js'
import { pages, ROOT, SNIPPETS, snippetsOf, textOf } from './snippets.js'

describe('the documentation', () => {
  it('has blocks of TypeScript that compile against the packages', () => {
    expect(SNIPPETS.length).toBeGreaterThan(20)
    expect(compile(SNIPPETS)).toEqual([])
  }, 180_000)

  it('would not pass with a mistake in a block', () => {
    const [snippet] = snippetsOf(
      'README.md',
      "\n```ts\nimport { legacyJwt } from '@dualauth/core'\nlegacyJwt({ nam: 1 })\n```\n",
    )
    const file = join(ROOT, 'packages/core/.cache/docs/mistake.ts')
    writeFileSync(file, snippet!.code)
    expect(compile([{ ...snippet!, file }])).toEqual([expect.stringMatching(/^README\.md:4 .*'nam' does not exist/s)])
  })

  it('has an index that names every page', () => {
    const index = textOf('docs/README.md')
    const below = pages().filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
    expect(below.filter((page) => !index.includes(`](${page.slice('docs/'.length)})`))).toEqual([])
  })

  it('has a table that names every option of createDualAuth', () => {
    const source = textOf('packages/core/src/options.ts')
    const body = source.slice(source.indexOf('export interface DualAuthOptions'))
    const options = [...body.slice(0, body.indexOf('\n}')).matchAll(/^  readonly (\w+)\??:/gm)].map(([, name]) => name)
    const table = textOf('docs/options.md')
    expect(options.length).toBeGreaterThan(10)
    expect(options.filter((name) => !table.includes(`| \`${name}`))).toEqual([])
  })

  it.each(pages())('%s: every link inside the repository leads somewhere', (page) => {
    const text = textOf(page).replaceAll(/```[\s\S]*?```/g, '')
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const own = target!.replace('https://github.com/dualauth/dualauth/blob/main/', '')
      if (/^[a-z]+:/.test(own)) continue
      const [path, anchor] = own.split('#') as [string, string | undefined]
      const linked = path === '' ? page : own === target ? join(dirname(page), path) : path
      expect(existsSync(join(ROOT, linked)), `${page} links to ${target}`).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(textOf(linked)), `${page} links to ${target}`).toContain(anchor)
    }
  })
})

/** Anchors as GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
