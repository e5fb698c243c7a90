// After `changeset version`: every adapter, and the testing package, asks for a core of its own version or newer.
// `workspace:^` would say so by itself, but in 0.x each minor version leaves that range, and
// changesets answers a peer that leaves its range with a major version of every package.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { published } from './packages.mjs'

const all = published()
const { version } = all.find(({ name }) => name === '@dualauth/core').manifest
const range = `workspace:>=${version} <${Number(version.split('.')[0]) + 1}.0.0`

for (const { path, manifest } of all) {
  if (manifest.peerDependencies?.['@dualauth/core'] === undefined) continue
  manifest.peerDependencies['@dualauth/core'] = range
  writeFileSync(join(path, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
