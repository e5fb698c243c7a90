import type { Command } from 'commander'
import { expandScripts, installSchema, printSchema, schemaFiles } from '@dualauth/postgres'
import { isFolder, withDatabase } from '../database.js'
import { CliError, EXIT } from '../exit.js'
import { missingFiles } from '../read/missing-files.js'
import { sessionOf, type Parts, type Session } from '../session.js'

interface SchemaOptions {
  readonly apply?: boolean
  readonly dryRun?: boolean
  readonly expand?: readonly string[]
  readonly undo?: boolean
}

export function addSchema(program: Command, parts: Parts): void {
  program
    .command('schema')
    .description('Prints the SQL of the schema dualauth, or applies the missing parts.')
    .option('--apply', 'apply the missing parts; tables of the application are never touched')
    .option('--dry-run', 'say what --apply would apply, and change nothing')
    .option(
      '--expand <columns...>',
      'prints the SQL that lets columns such as users.password_hash stay empty; nothing is run',
    )
    .option('--undo', 'with --expand: prints the way back')
    .action(async ({ apply = false, dryRun = false, expand, undo = false }: SchemaOptions, command: Command) => {
      const session = sessionOf(command, parts)
      if (expand !== undefined) return printExpansion(session, expand, undo)
      if (dryRun) return sayMissing(session)
      if (apply) return applySchema(session)
      if (session.isJson) session.out.json({ files: schemaFiles })
      else session.out.raw(printSchema())
    })
}

async function printExpansion(session: Session, columns: readonly string[], isBack: boolean): Promise<void> {
  const scripts = await withDatabase(session, ({ query }) => expandScripts(query, columns))
  if (session.isJson) session.out.json(scripts)
  else session.out.raw(isBack ? scripts.undo : scripts.expand)
}

async function applySchema(session: Session): Promise<void> {
  const applied = await withDatabase(session, ({ query }) => installSchema(query), { mayCreate: true })
  if (session.isJson) return session.out.json({ applied })
  for (const name of applied) session.out.line(`${name} applied`)
  if (applied.length === 0) session.out.line('The schema is complete; nothing was applied.')
}

async function sayMissing(session: Session): Promise<void> {
  if (session.database !== undefined && isFolder(session.database))
    throw new CliError(
      EXIT.usage,
      '--dry-run needs a server: a database in a folder gets the schema when it is opened.',
    )
  const missing = await withDatabase(session, ({ query }) => missingFiles(query))
  if (session.isJson) return session.out.json({ missing })
  for (const name of missing) session.out.line(`${name} would be applied`)
  if (missing.length === 0) session.out.line('The schema is complete; nothing would be applied.')
}
