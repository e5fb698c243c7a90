import type * as z from 'zod/mini'

type Issue = z.core.$ZodIssue

/** A line for each mistake: its path, and what must stand there. Never the value, which may be a secret. */
export function problemsOf(issues: readonly Issue[], owner: string): string[] {
  return [...new Set(issues.flatMap((issue) => linesOf(issue, owner)))]
}

/** The form of an option whose schema names none, as zod asks for it. */
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

function linesOf(issue: Issue, owner: string): string[] {
  const path = issue.path.reduce<string>(
    (parent, part) => (typeof part === 'number' ? `${parent}[${part}]` : `${parent}.${String(part)}`),
    owner,
  )
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${path}.${key}: ${issue.message}`)
  const meant = issue.code === 'invalid_union' ? meantBranch(issue.errors) : null
  return meant === null ? [`${path}: ${sentence(issue, path)}`] : meant.flatMap((inner) => linesOf(inner, path))
}

/**
 * The form of a union that was most likely meant: of the object forms, the one that knows the most of
 * what was given, and misses the least. Null where two are as likely; then all forms are named.
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
  if (input !== undefined)
    return code === 'too_small' && 'origin' in issue && issue.origin === 'array'
      ? 'must not be empty'
      : `must be ${message}`
  // An element that is undefined most often is an environment variable that is not set.
  return path.endsWith(']') ? `is undefined; must be ${message}` : `is required: ${message}`
}
