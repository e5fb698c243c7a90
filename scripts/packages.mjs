// What stands in packages/*, read from the manifests there. Every other list of packages is made from
// this one, so that a new package is edited in its own folder only.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './pnpm.mjs'

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {string[]} [files]
 * @property {Record<string, string>} [scripts]
 * @property {Record<string, unknown> | undefined} [exports]
 * @property {Record<string, string> | undefined} [dependencies]
 * @property {Record<string, string> | undefined} [devDependencies]
 * @property {Record<string, string> | undefined} [peerDependencies]
 *
 * @typedef {object} Package
 * @property {string} folder The name of its folder in packages/.
 * @property {string} path The absolute path of its folder.
 * @property {string} name
 * @property {Manifest} manifest
 */

/**
 * Every package of packages/*.
 * @returns {Package[]}
 */
export function packages(from = root) {
  return readdirSync(join(from, 'packages'))
    .toSorted()
    .filter((folder) => existsSync(join(from, 'packages', folder, 'package.json')))
    .map((folder) => {
      const path = join(from, 'packages', folder)
      const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
      return { folder, path, name: manifest.name, manifest }
    })
}

/** The packages that users install. */
export function published(from = root) {
  return packages(from).filter(({ manifest }) => manifest.private !== true)
}

/**
 * The frameworks that a package leaves to the application to install, by name and range.
 * @param {Package} one
 * @returns {Record<string, string>}
 */
export function frameworksOf({ manifest }) {
  const peers = Object.entries(manifest.peerDependencies ?? {})
  return Object.fromEntries(peers.filter(([name]) => !name.startsWith('@dualauth/')))
}

/** The packages that bind core to a framework: published, and proven by the conformance suite. */
export function adapters(from = root) {
  return published(from).filter(({ manifest }) => '@dualauth/conformance' in (manifest.devDependencies ?? {}))
}

/**
 * What can be imported from a package, with the file of its source: `@dualauth/core/adapter` is
 * src/adapter.ts or src/adapter/index.ts.
 * @param {Package} one
 */
export function entriesOf({ name, path, manifest }) {
  return Object.keys(manifest.exports ?? {})
    .filter((key) => key !== './package.json')
    .map((key) => {
      const inside = key === '.' ? 'index' : key.slice('./'.length)
      const candidates = [`${inside}.ts`, `${inside}/index.ts`].map((file) => join(path, 'src', file))
      const source = candidates.find((file) => existsSync(file))
      if (source === undefined) throw new Error(`${name} exports "${key}" and has no ${candidates.join(' and no ')}`)
      return { specifier: name + key.slice(1), key, source }
    })
}
