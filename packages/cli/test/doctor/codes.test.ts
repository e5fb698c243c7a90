import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

it('explains in docs/doctor.md what each code means, and names none that there is not', () => {
  const folder = at('../../src/doctor')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
    .join('\n')
  const called = [...sources.matchAll(/\b(?:problem|warning)\(\s*'(\w+)'/g)].map(([, code]) => String(code))
  const listed = [...sources.matchAll(/\bcode: '(\w+)'/g)].map(([, code]) => String(code))
  // Of addresses: the code is made of what was asked for.
  const endings = [...sources.matchAll(/`\$\{code\}_(\w+)`/g)].map(([, ending]) => String(ending))
  const made = ['key_set', 'issuer_metadata'].flatMap((what) => endings.map((ending) => `${what}_${ending}`))
  const pages = readFileSync(at('../../../../docs/doctor.md'), 'utf8')
  const rows = pages.split('\n').filter((line) => line.startsWith('| `'))
  const told = rows
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)])
    .map(([, code]) => String(code))
  const codes = new Set([...called, ...listed, ...made, 'configuration_invalid', 'module_failed', 'not_ready'])
  expect(told.toSorted()).toEqual([...codes].toSorted())
})
