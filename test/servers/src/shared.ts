import { inject, type ProvidedContext } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** What all files of one run share; made in `run.ts`. */
    readonly run: {
      /** Port that answers with the URL of a new database. */
      readonly databasePort: number
      /** For what is made once in a run; empty at first. */
      readonly folder: string
    }
  }
}

export function shared(): ProvidedContext['run'] {
  return inject('run')
}
