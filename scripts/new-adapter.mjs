// Makes the package of a new adapter from scripts/new-adapter/template: `npm run new-adapter -- koa`.
// It compiles, and every check finds it, because lists of packages are read from packages/*; only the
// conformance suite fails until it is written.
//
// The template's src/index.ts repeats what each adapter says of its exports: editors show it at the
// export, in the words and the example of the framework. test/packages/new-adapter.test.ts keeps them alike.
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './pnpm.mjs'

const template = join(root, 'scripts/new-adapter/template')

/** The files of a new adapter, by path inside its package. */
export function rendered(name) {
  const title = name.charAt(0).toUpperCase() + name.slice(1)
  const files = readdirSync(template, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(template, path)).isFile())
    .map((path) => path.replaceAll('\\', '/'))
  return Object.fromEntries(
    files.map((path) => {
      const text = readFileSync(join(template, path), 'utf8')
      return [path, text.replaceAll('__framework__', name).replaceAll('__Framework__', title)]
    }),
  )
}

/** Writes the package; refuses a name that is taken or that npm would not. */
export function create(name) {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`"${name}" is no name of a package; write one like "koa"`)
  const folder = join(root, 'packages', name)
  if (existsSync(folder)) throw new Error(`packages/${name} is there already`)
  for (const [path, text] of Object.entries(rendered(name))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [name] = process.argv.slice(2)
  if (name === undefined) throw new Error('Name the framework: `npm run new-adapter -- koa`')
  create(name)
  console.log(`packages/${name} is made. Next:

1. node scripts/pnpm.mjs --filter @dualauth/${name} add --save-dev ${name}, and its range in "peerDependencies"
2. write src/framework.ts, src/mount.ts, src/guard.ts and test/apps.ts, until
   npx vitest run --project ${name}
   passes
3. docs/adapters/${name}.md and the blocks of README.md and docs/testing.md, which the docs tests then run
4. npx changeset`)
}
