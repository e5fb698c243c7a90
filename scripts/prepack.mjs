// Runs in a package before it is packed, and refuses where a file is missing that its manifest, or
// one of its declarations, promises. `npm run demo` builds without declarations, for instance.
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

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const problems = missingIn(process.cwd())
  for (const problem of problems) console.error(`${manifestIn(process.cwd()).name}: ${problem}`)
  if (problems.length > 0) {
    console.error('Not packed. Run `npm run build` first.')
    process.exit(1)
  }
}
