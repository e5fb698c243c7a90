import { readRecords } from './ending.js'
import { importPeople } from './importing.js'
import { finish, gather, moveForward, readFlags, retire } from './stages.js'
import type { Running } from './start.js'
import { createShow, type Call, type Table } from './steps.js'
import { breakThings, readFigures, startWatching } from './watching.js'

/** What happened. */
export interface Played {
  readonly calls: readonly Call[]
  readonly tables: readonly Table[]
  /** Whether a Prometheus is installed here. */
  readonly isWatched: boolean
}

/** A move as an operator makes it, from off to retired, while people keep using the API. */
export async function makeCalls(running: Running): Promise<Played> {
  const show = createShow(running)
  const prometheus = await startWatching(show)
  try {
    const cast = await gather(show)
    await importPeople(show)
    await readFlags(show)
    await moveForward(show, cast)
    await readFigures(show, prometheus)
    await breakThings(show, cast.eve, prometheus)
    await finish(show, cast)
    await readRecords(show)
    await retire(show, cast)
    return { calls: show.calls, tables: show.tables, isWatched: prometheus !== null }
  } finally {
    await prometheus?.close()
  }
}
