import type * as z from 'zod/mini'

type Issue = z.core.$ZodIssue

/** How many mistakes are named: policy documents may come from anywhere, and messages end up in logs. */
const MAX_NAMED = 10
const MAX_LENGTH = 1_000

/**
 * The first mistakes, each with its path and the valid form, and the number of others: about 1 KB. Never the value,
 * which may be a secret.
 */
export function problemsOf(issues: readonly Issue[], owner: string): string {
  const named = new Set<string>()
  let length = 0
  let more = 0
  for (const line of eachLine(issues, owner)) {
    if (named.has(line)) continue
    const isFull = more > 0 || named.size === MAX_NAMED || length + line.length > MAX_LENGTH
    if (isFull && named.size > 0) more++
    else named.add(line)
    length += line.length
  }
  return [...named, ...(more === 0 ? [] : [`and ${more} more`])].join('; ')
}

/** The form of an option whose schema names none, for zod's `error`. */
export function formOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? 'of another type'
    case 'invalid_value':
      return issue.values.length === 1
        ? `'${String(issue.values[0])}'`
        : `one of ${issue.values.map(String).join(', ')}`
    case 'invalid_format':
      return issue.pattern === undefined ? 'of another form' : `of the form ${issue.pattern}`
    case 'unrecognized_keys':
      return `unknown option; it takes ${Object.keys(shapeOf(issue.inst)).join(', ')}`
    default:
      return 'of another form'
  }
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'a boolean',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
}

function shapeOf(schema: unknown): object {
  return (schema as Partial<z.ZodMiniObject> | undefined)?.shape ?? {}
}

function* eachLine(issues: readonly Issue[], owner: string): Generator<string> {
  for (const issue of issues) yield* linesOf(issue, owner)
}

function* linesOf(issue: Issue, owner: string): Generator<string> {
  const path = issue.path.reduce<string>(
    (parent, part) => (typeof part === 'number' ? `${parent}[${part}]` : `${parent}.${nameOf(part)}`),
    owner,
  )
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) yield `${path}.${nameOf(key)}: ${issue.message}`
    return
  }
  const meant = issue.code === 'invalid_union' ? meantBranch(issue.errors) : null
  if (meant === null) yield `${path}: ${sentence(issue, path)}`
  else yield* eachLine(meant, path)
}

const MAX_NAME = 64

/** An object's key in safe form: it may have any length and contain characters that forge log lines. */
function nameOf(key: PropertyKey): string {
  const name = String(key)
  const start = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name
  return start.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

/**
 * The form of a union that was most likely meant: the object form that knows the most of the given members and misses
 * the fewest. Null if two are equally likely; then all forms are named.
 */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const [best, next] = branches
    .filter((issues) => issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'))
    .map((issues) => ({ issues, unknown: issues.reduce((sum, issue) => sum + unknownKeys(issue), 0) }))
    .toSorted((a, b) => a.unknown - b.unknown || a.issues.length - b.issues.length)
  if (best === undefined) return null
  const isTie = best.unknown === next?.unknown && best.issues.length === next.issues.length
  return isTie ? null : best.issues
}

function unknownKeys(issue: Issue): number {
  return issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys.length : 0
}

function sentence({ code, message, input, ...issue }: Issue, path: string): string {
  if (code === 'invalid_key' && 'issues' in issue) return `its name must be ${issue.issues[0]?.message ?? message}`
  if (input !== undefined)
    return code === 'too_small' && 'origin' in issue && issue.origin === 'array'
      ? 'must not be empty'
      : `must be ${message}`
  // An undefined element is usually an environment variable that is not set.
  return path.endsWith(']') ? `is undefined; must be ${message}` : `is required: ${message}`
}
