// After `changeset version`: every package asks for a core, or another package of ours, of its own version or newer.
// `workspace:^` would say so by itself, but in 0.x each minor version leaves that range, and
// changesets answers a peer that leaves its range with a major version of every package.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { published } from './packages.mjs'

const all = published()
const { version } = all.find(({ name }) => name === '@dualauth/core').manifest
const range = `workspace:>=${version} <${Number(version.split('.')[0]) + 1}.0.0`

for (const { path, manifest } of all) {
  const ours = Object.keys(manifest.peerDependencies ?? {}).filter((name) => name.startsWith('@dualauth/'))
  if (ours.length === 0) continue
  for (const name of ours) manifest.peerDependencies[name] = range
  writeFileSync(join(path, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
