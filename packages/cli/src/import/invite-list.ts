import { resolve } from 'node:path'
import type { Invite, InviteReason } from '@dualauth/import'
import type { Session } from '../session.js'
import { csvRecord } from '../terminal/csv.js'
import { printable, printableJson } from '../terminal/printable.js'
import { openFileOf } from '../terminal/private-file.js'

/** How the list is written. */
export interface InviteListOptions {
  readonly csv?: boolean
  readonly out?: string
}

/** What the list contains. */
export interface InviteListing {
  readonly invites: AsyncIterable<Invite>
  /** ISO 8601; null if the policy does not say. */
  readonly sunset: string | null
  /** Aborted: the list ends early. */
  readonly signal: AbortSignal
}

const COLUMNS = ['id', 'target_id', 'email', 'name', 'reason', 'sunset']

type Counts = Map<InviteReason, { people: number; withoutAddress: number }>

/** @returns False if it was interrupted; then there is no list. */
export async function writeInvites(
  session: Session,
  { csv = false, out: path }: InviteListOptions,
  { invites, sunset, signal }: InviteListing,
): Promise<boolean> {
  const { terminal, out, err } = session
  const file = path === undefined ? null : await openFileOf(resolve(terminal.cwd, path), 'list')
  const put = async (text: string): Promise<void> => {
    if (file === null) out.raw(text)
    else await file.write(text)
  }
  const counts: Counts = new Map()
  const form = formOf(session, csv, file === null, sunset)
  try {
    await put(form.begin)
    for await (const invite of invites) {
      await put(form.line(invite, counts.size === 0))
      add(counts, invite)
    }
    if (signal.aborted) {
      err.line('dualauth: interrupted; the list is not complete.')
      await file?.discard()
      return false
    }
    await put(form.end)
    await file?.close()
  } catch (error) {
    await file?.discard()
    throw error
  }
  if (file !== null || form === NO_FORM) summarize(session, counts, sunset)
  return true
}

/** A list written in pieces, so that it need not fit in memory. */
interface Form {
  readonly begin: string
  readonly line: (invite: Invite, isFirst: boolean) => string
  readonly end: string
}

const NO_FORM: Form = Object.freeze({ begin: '', line: () => '', end: '' })

function formOf(session: Session, csv: boolean, isPrinted: boolean, sunset: string | null): Form {
  if (session.isJson) return jsonOf(session, sunset)
  return csv ? csvOf(sunset, isPrinted && session.terminal.stdout.isTTY === true) : NO_FORM
}

function jsonOf({ migration }: Session, sunset: string | null): Form {
  const head = `{\n  "migration": ${printableJson(migration)},\n  "sunset": ${printableJson(sunset)},\n  "invites": [`
  return {
    begin: head,
    line: (invite, isFirst) => `${isFirst ? '' : ','}\n    ${printableJson(invite, 0)}`,
    end: '\n  ]\n}\n',
  }
}

/** @param isScreen On a screen, control characters in names are escaped; a file keeps them. */
function csvOf(sunset: string | null, isScreen: boolean): Form {
  return {
    begin: csvRecord(COLUMNS),
    line({ id, targetId, email, name, reason }) {
      const record = csvRecord([id, targetId, email ?? '', name ?? '', reason, sunset ?? ''])
      return isScreen ? `${printable(record.slice(0, -2))}\n` : record
    },
    end: '',
  }
}

function add(counts: Counts, { reason, email }: Invite): void {
  const { people = 0, withoutAddress = 0 } = counts.get(reason) ?? {}
  counts.set(reason, { people: people + 1, withoutAddress: withoutAddress + (email === null ? 1 : 0) })
}

function summarize({ out, isJson }: Session, counts: Counts, sunset: string | null): void {
  if (isJson) return out.json({ sunset, counts: Object.fromEntries(counts) })
  if (counts.size === 0) return out.line('There is nobody to write to.')
  out.table([
    ['Reason', 'People', 'Without an address'],
    ...[...counts].map(([reason, of]) => [reason, String(of.people), String(of.withoutAddress)]),
  ])
  out.line(`Sunset: ${sunset ?? 'the policy does not say'}`)
}
