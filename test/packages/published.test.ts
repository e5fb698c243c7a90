import { createRequire } from 'node:module'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, it } from 'vitest'
import { CONSUMER, PACKAGES, run, tarballOf } from './consumer.js'

const require = createRequire(import.meta.url)

describe.each(PACKAGES)('$name, packed', ({ folder: name }) => {
  const folder = join(CONSUMER, 'node_modules/@dualauth', name)

  it('is published as its manifest says (publint)', async () => {
    const { messages, pkg } = await publint({ pkgDir: folder, pack: false, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  it('resolves to the right types for every kind of importer (attw)', async () => {
    const attw = join(require.resolve('@arethetypeswrong/cli/package.json'), '../dist/index.js')
    const { status, output } = await run(process.execPath, [attw, tarballOf(name), '--no-emoji'])
    expect(status, output).toBe(0)
  })

  it('names neither workspace: nor catalog: in its manifest', () => {
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).not.toMatch(/"(workspace|catalog):/)
  })

  it('carries its license', () => {
    expect(existsSync(join(folder, 'LICENSE'))).toBe(true)
  })

  it('names no library of ours in its public declarations', () => {
    // The entry `settings` is for our own packages, and stands in no declaration of theirs.
    const declarations = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }).filter(
      (file) => /\.d\.c?ts$/.test(file) && !file.startsWith('settings.'),
    )
    expect(declarations.length).toBeGreaterThan(0)
    for (const file of declarations) {
      const text = readFileSync(join(folder, 'dist', file), 'utf8')
      expect(text, file).not.toMatch(/\b(from|import\()\s*['"](jose|zod|lru-cache)\b/)
      expect(text, file).not.toMatch(/\bZod[A-Z]\w*|\bJWTPayload\b|\bLRUCache\b/)
    }
  })
})
