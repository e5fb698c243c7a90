// The servers and the browser that some tests start for themselves, and where they come from on Debian:
// installed when missing, which takes root and apt-get. Without one its tests are skipped; under CI they fail.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const DEBIAN_POSTGRES = '/usr/lib/postgresql'

/** By name: what the tests run, and the Debian package that brings it. */
export const SERVERS = {
  Redis: { binaries: ['redis-server'], debian: 'redis-server' },
  PostgreSQL: { binaries: ['initdb', 'postgres', 'psql', 'pg_dump'], debian: 'postgresql' },
  Prometheus: { binaries: ['prometheus', 'promtool'], debian: 'prometheus' },
  Chromium: { binaries: ['chromium'], debian: 'chromium' },
}

/** Path of a server's program, or null. */
export function binaryOf(name) {
  // Debian keeps PostgreSQL's programs out of PATH.
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versionsIn(DEBIAN_POSTGRES)]
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

/** What a server lacks, in one line; null when it can be started. */
export function missing(server) {
  const { binaries, debian } = SERVERS[server]
  const absent = binaries.filter((name) => binaryOf(name) === null)
  return absent.length === 0 ? null : `${server} is not installed: no ${absent.join(', ')} (apt-get install ${debian})`
}

/** Installs what is missing where it may, and says what still is. */
export function installServers() {
  const wanted = Object.keys(SERVERS).filter((server) => missing(server) !== null)
  if (wanted.length > 0 && process.getuid?.() === 0) {
    const packages = wanted.map((server) => SERVERS[server].debian)
    if (aptGet(['update'])) aptGet(['install', '--yes', '--no-install-recommends', ...packages])
  }
  for (const server of Object.keys(SERVERS)) console.log(missing(server) ?? `${server}: here`)
}

/** False when it failed, and where there is none. */
function aptGet(args) {
  const { status } = spawnSync('apt-get', ['--quiet', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 300_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return status === 0
}

function versionsIn(folder) {
  try {
    return readdirSync(folder).map((version) => join(folder, version, 'bin'))
  } catch {
    return []
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
