/**
 * Judges one option, and names each mistake by its path. Written out, because every application
 * bundles it: zod's objects alone weigh as much there as a verifier does.
 */
export interface Schema<T = unknown> {
  /** @returns the value as it counts; worth nothing once a problem was added. */
  read(value: unknown, path: string, problems: string[]): T
}

export type Output<S extends Schema> = S extends Schema<infer T> ? T : never

type Shape = Readonly<Record<string, Schema>>
type OptionalSchema<T> = Schema<T | undefined> & { readonly optional: true }
type OptionalKeys<S extends Shape> = {
  [K in keyof S]: S[K] extends { readonly optional: true } ? K : never
}[keyof S]
type ObjectOf<S extends Shape> = { [K in Exclude<keyof S, OptionalKeys<S>>]: Output<S[K]> } & {
  [K in OptionalKeys<S>]?: Output<S[K]>
}

/** What passes `test`; else the message says that it must be `form`, such as `a function`. */
export function leaf<T>(test: (value: unknown) => boolean, form: string): Schema<T> {
  return {
    read(value, path, problems) {
      if (!test(value)) problems.push(wrong(value, path, form))
      // Copied, as objects are: what an app does to a list of its own later changes nothing here.
      return (Array.isArray(value) ? [...(value as unknown[])] : value) as T
    },
  }
}

/** What is judged elsewhere. */
export function unjudged<T>(): Schema<T> {
  return { read: (value) => value as T }
}

/** An object that holds nothing else. What is undefined is left out, so that a default stands. */
export function object<const S extends Shape>(shape: S): Schema<ObjectOf<S>> {
  return {
    read(value, path, problems) {
      const parsed: Record<string, unknown> = {}
      const input = entriesOf(value, path, problems)
      if (input === null) return parsed as ObjectOf<S>
      for (const [key, schema] of Object.entries(shape)) {
        const entry = schema.read(input[key], `${path}.${key}`, problems)
        if (entry !== undefined) parsed[key] = entry
      }
      for (const key in input)
        if (!Object.hasOwn(shape, key))
          problems.push(`${path}.${key}: unknown option; it takes ${Object.keys(shape).join(', ')}`)
      return parsed as ObjectOf<S>
    },
  }
}

export function optional<T>(schema: Schema<T>): OptionalSchema<T> {
  return {
    optional: true,
    read: (value, path, problems) => (value === undefined ? value : schema.read(value, path, problems)),
  }
}

export function list<T>(element: Schema<T>, minimum = 0): Schema<T[]> {
  return {
    read(value, path, problems) {
      if (!Array.isArray(value)) problems.push(wrong(value, path, 'an array'))
      else if (value.length < minimum) problems.push(`${path}: must not be empty`)
      else return Array.from(value, (entry: unknown, index) => element.read(entry, `${path}[${index}]`, problems))
      return []
    },
  }
}

export function nonEmpty<T>(element: Schema<T>): Schema<T[]> {
  return list(element, 1)
}

/** An object of any names. */
export function record<T>(schema: Schema<T>): Schema<Record<string, T>> {
  return {
    read(value, path, problems) {
      const entries = Object.entries(entriesOf(value, path, problems) ?? {})
      return Object.fromEntries(entries.map(([key, entry]) => [key, schema.read(entry, `${path}.${key}`, problems)]))
    },
  }
}

function entriesOf(value: unknown, path: string, problems: string[]): Readonly<Record<string, unknown>> | null {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  problems.push(wrong(value, path, 'an object'))
  return null
}

function wrong(value: unknown, path: string, form: string): string {
  if (value !== undefined) return `${path}: must be ${form}`
  // An element that is undefined most often is an environment variable that is not set.
  return `${path}: ${path.endsWith(']') ? 'is undefined; must be' : 'is required:'} ${form}`
}
