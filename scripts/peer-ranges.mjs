// After `changeset version`: every adapter, and the testing package, asks for a core of its own version or newer.
// `workspace:^` would say so by itself, but in 0.x each minor version leaves that range, and
// changesets answers a peer that leaves its range with a major version of every package.
import { readFileSync, writeFileSync } from 'node:fs'

const read = (name) => readFileSync(new URL(`../packages/${name}/package.json`, import.meta.url), 'utf8')
const { version } = JSON.parse(read('core'))
const range = `workspace:>=${version} <${Number(version.split('.')[0]) + 1}.0.0`

for (const name of ['express', 'hono', 'fastify', 'testing']) {
  const manifest = JSON.parse(read(name))
  manifest.peerDependencies['@dualauth/core'] = range
  writeFileSync(new URL(`../packages/${name}/package.json`, import.meta.url), `${JSON.stringify(manifest, null, 2)}\n`)
}
