import { APIError } from 'better-auth/api'
import { hasMoved, moveKey, noteMoves } from '../legacy-moves.js'
import type { OneByOne } from '../../work/one-by-one.js'
import { hasPassword, type HookContext } from '../plugin.js'
import { addressOf, ask } from './ask.js'
import { bringOver } from './bring-over.js'
import type { LegacyPerson, Settings } from './options.js'

const MARK = 'dualauthLegacyChecked'

/** Before a sign-in: whoever has not come yet comes, if the password is right. */
export async function move(settings: Settings, oneByOne: OneByOne, context: HookContext): Promise<object | void> {
  const { address, password } = typed(context)
  if (address === null || password === null) return
  const { passwords } = settings
  const known = await context.context.internalAdapter.findUserByEmail(address, { includeAccounts: true })
  if (known !== null && hasPassword(known.accounts)) return
  const person = await ask(settings, context, address)
  const { ok, needsRehash, truncated } = await passwords.verifyPassword(person?.hash ?? null, password)
  if (ok && person?.hash != null) {
    const { hash } = person
    // What was typed after the 72 bytes of bcrypt may be a slip: the old hash goes on.
    const newHash = async (): Promise<string> => (needsRehash && !truncated ? passwords.hashPassword(password) : hash)
    const came = await oneByOne(address, () => bringOver(context, address, person, newHash))
    if (came === 'conflict') throw await conflict(settings, context, address, person)
    if (came !== 'there')
      await note(context, [moveKey('address', address), moveKey('user', came.userId), moveKey('password', came.userId)])
  }
  // For the hook after it.
  return { context: { [MARK]: true } }
}

/** After a sign-in. */
export async function afterwards(settings: Settings, context: HookContext): Promise<object | void> {
  const { returned, newSession } = context.context
  if (newSession != null) return noteHolder(context, newSession.user.id)
  const isRefused = (returned as { readonly statusCode?: unknown } | undefined)?.statusCode === 401
  if (isRefused && (context as unknown as Record<string, unknown>)[MARK] !== true) return refused(settings, context)
}

/**
 * A wrong password of somebody who is there costs what one of a person who has not come costs:
 * otherwise the time would tell who has. And somebody else's address may be held here by its own holder, so that its owner cannot come.
 */
async function refused(settings: Settings, context: HookContext): Promise<object | void> {
  const { address, password } = typed(context)
  if (address === null || password === null) return
  const person = await shutOut(settings, context, address)
  // Better Auth has answered already: what cannot be judged, or not now, changes nothing.
  const verdict = await settings.passwords.verifyPassword(person?.hash ?? null, password).catch(() => null)
  if (verdict?.ok !== true || person === null) return
  const error = await conflict(settings, context, address, person)
  // Of what a hook throws after an endpoint, Better Auth takes the body alone, and not the status.
  if (context.request === undefined) throw error
  return Response.json(error.body, { status: 409 })
}

function typed(context: HookContext): { readonly address: string | null; readonly password: string | null } {
  const { email, password } = (context.body ?? {}) as { readonly email?: unknown; readonly password?: unknown }
  return { address: addressOf(email), password: typeof password === 'string' ? password : null }
}

/** A person of the old side who has not come, and whose address another user has. An outage of the old side is none of their concern. */
async function shutOut(settings: Settings, context: HookContext, address: string): Promise<LegacyPerson | null> {
  const { internalAdapter, adapter } = context.context
  try {
    if (await hasMoved(adapter, moveKey('address', address))) return null
    const [person, known] = [
      await ask(settings, context, address),
      await internalAdapter.findUserByEmail(address, { includeAccounts: true }),
    ]
    // Without an id of the old side, a user with this address may be this person.
    if (person?.id === undefined || known === null || known.user.id === person.id) return null
    return (await hasMoved(adapter, moveKey('user', person.id))) ? null : person
  } catch {
    return null
  }
}

/** The person is proven by the password, and learns that a person has to decide. */
async function conflict(
  { onConflict }: Settings,
  { context }: HookContext,
  address: string,
  { id }: LegacyPerson,
): Promise<APIError> {
  const holder = await context.internalAdapter.findUserByEmail(address, { includeAccounts: true })
  try {
    const returned: unknown = holder === null ? null : onConflict?.({ userId: holder.user.id, legacyId: id ?? null })
    Promise.resolve(returned).catch(() => {})
  } catch {
    // Whoever listens changes no answer.
  }
  return new APIError('CONFLICT', {
    code: 'identity_conflict',
    message: 'Somebody else has this address here.',
  })
}

/** Whoever has a password here, wherever it is from, and removes it one day gets no other one from the old side. */
async function noteHolder(context: HookContext, userId: string): Promise<void> {
  await note(context, [moveKey('password', userId), moveKey('user', userId)])
}

async function note({ context: { adapter, logger } }: HookContext, keys: readonly string[]): Promise<void> {
  try {
    await noteMoves(adapter, keys)
  } catch {
    // The person is there, and is let in.
    logger.error('dualauth-lazy-import: a move was not noted (database)')
  }
}
