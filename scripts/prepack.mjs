// Runs in a package before it is packed, and refuses where a file is missing that its manifest, or
// one of its declarations, promises. `npm run demo` builds without declarations, for instance. It also refuses
// any packer but pnpm: no other turns `workspace:` and `catalog:` into versions that can be installed.
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Every path in "exports" or "bin", whatever the conditions. */
const targets = (value) => (typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(targets))

const manifestIn = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

const entries = (folder) => {
  const { main, module, types } = manifestIn(folder)
  return [main, module, types].filter((path) => path !== undefined).map((path) => join(folder, path))
}

/** The declarations that a declaration imports: `./register-D_QpCL0P.js` is declared beside it. */
function importedBy(file) {
  const found = readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.([cm]?)js['"]/g)
  return [...found].map(([, path, kind]) => join(dirname(file), `${path}.d.${kind}ts`))
}

/**
 * What is missing in a package, as sentences.
 * @param {string} folder
 * @returns {string[]}
 */
export function missingIn(folder) {
  const { files = [], exports = {}, bin = {}, types } = manifestIn(folder)
  const own = [...entries(folder), ...[exports, bin].flatMap(targets).map((path) => join(folder, path))]
  // A folder beside dist stands for an entry, where tools do not read "exports".
  const stands = files
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, 'package.json')))
    .flatMap(entries)
  const problems = types === undefined ? ['has no "types"'] : []
  // A set that grows while it is walked: declarations lead to further ones.
  const promised = new Set([...own, ...stands].map(normalize))
  for (const path of promised) {
    if (!existsSync(path)) problems.push(`${relative(folder, path)} is missing`)
    else if (/\.d\.[cm]?ts$/.test(path)) for (const imported of importedBy(path)) promised.add(normalize(imported))
  }
  return problems
}

/**
 * What the packer would leave in the manifest, as a sentence; null where it may go on.
 * @param {string} folder
 * @param {string | undefined} agent As package managers name themselves to scripts: `npm/11.6.2 node/v24.11.1 …`.
 * @returns {string | null}
 */
export function unfitPacker(folder, agent) {
  if (agent === undefined || agent.startsWith('pnpm/')) return null
  const { dependencies, peerDependencies, optionalDependencies } = manifestIn(folder)
  const ranges = Object.values({ ...dependencies, ...peerDependencies, ...optionalDependencies })
  const left = ['workspace:', 'catalog:'].filter((protocol) => ranges.some((range) => range.startsWith(protocol)))
  const packer = agent.split('/')[0]
  return left.length === 0 ? null : `${packer} leaves ${left.join(' and ')} in the manifest, which nobody can install`
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folder = process.cwd()
  const { name } = manifestIn(folder)
  const unfit = unfitPacker(folder, process.env.npm_config_user_agent)
  const problems = unfit === null ? missingIn(folder) : [unfit]
  for (const problem of problems) console.error(`${name}: ${problem}`)
  if (problems.length > 0) {
    const pack = `node scripts/pnpm.mjs --dir packages/${name.replace(/^.*\//, '')} pack`
    console.error(`Not packed. Run ${unfit === null ? '`npm run build` first' : `\`${pack}\``}.`)
    process.exit(1)
  }
}
