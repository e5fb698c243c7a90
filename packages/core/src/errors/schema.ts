import * as zod from 'zod/v4/core'

/**
 * Schemas of options. Objects and what may be left out are zod's. The rest is a test with a word for
 * what passes it: zod's kinds for it would weigh as much in an application's bundle as a verifier
 * does. That is also why this takes the core that all editions of zod share.
 */
export type Schema<T = unknown> = zod.$ZodType<T>

export type Output<S extends Schema> = zod.output<S>

/** What passes `test`; else the message says that it must be `form`, such as `a function`. */
export function leaf<T>(test: (value: unknown) => boolean, form: string): Schema<T> {
  return judged((payload) => {
    const { value, issues } = payload
    if (!test(value)) issues.push({ code: 'custom', input: value, params: { form } })
    // Copied, as zod copies objects: what an app does to a list of its own later changes nothing here.
    else if (Array.isArray(value)) payload.value = [...value]
  })
}

/** What is judged elsewhere. */
export function unjudged<T>(): Schema<T> {
  return new zod.$ZodUnknown({ type: 'unknown' }) as never
}

/** An object that holds nothing else. */
export function object<S extends zod.$ZodLooseShape>(shape: S): zod.$ZodObject<S, zod.$strict> {
  const catchall = new zod.$ZodNever({ type: 'never' })
  return new zod.$ZodObject({ type: 'object', shape, catchall }) as never
}

export function optional<S extends Schema>(innerType: S): zod.$ZodOptional<S> {
  return new zod.$ZodOptional({ type: 'optional', innerType }) as never
}

export function list<S extends Schema>(element: S, minimum = 0): Schema<Output<S>[]> {
  return judged((payload) => {
    const { value, issues } = payload
    if (!Array.isArray(value)) issues.push({ code: 'custom', input: value, params: { form: 'an array' } })
    else if (value.length < minimum) issues.push({ code: 'custom', input: value, message: 'must not be empty' })
    else
      payload.value = Array.from(value, (entry: unknown, index) => {
        const parsed = run(element, entry)
        for (const issue of parsed.issues) issues.push({ ...issue, path: [index, ...(issue.path ?? [])] })
        return parsed.value
      })
  })
}

export function nonEmpty<S extends Schema>(element: S): Schema<Output<S>[]> {
  return list(element, 1)
}

/** An object of any names. */
export function record<S extends Schema>(valueType: S): zod.$ZodRecord<zod.$ZodString, S> {
  return new zod.$ZodRecord({ type: 'record', keyType: new zod.$ZodString({ type: 'string' }), valueType }) as never
}

/** What safeParse() calls; the rest of that is zod's wording, which all copies in a process share. */
export function run<S extends Schema>(schema: S, value: unknown): zod.ParsePayload<Output<S>> {
  return schema._zod.run({ value, issues: [] }, {}) as never
}

function judged(check: (payload: zod.ParsePayload) => void): Schema<never> {
  // What zod makes of a function that it is given as a check.
  const checks = [{ _zod: { check: check as never, def: { check: 'custom' }, onattach: [] } }]
  return new zod.$ZodUnknown({ type: 'unknown', checks }) as never
}
