import * as zod from 'zod/v4/core'

/**
 * Schemas of options. Objects, lists and what may be left out are zod's; the rest is a test with a
 * word for what passes it, because zod's kinds for it would weigh as much in an application's bundle
 * as a verifier does. That is also why this takes the parts of zod which all its editions share.
 */
export type Schema<T = unknown> = zod.$ZodType<T>

export type Output<S extends Schema> = zod.output<S>

/** What passes `test`; else the message says that it must be `form`, such as `a function`. */
export function leaf<T>(test: (value: unknown) => boolean, form: string): Schema<T> {
  return anything([
    check((payload) => {
      const { value, issues } = payload
      if (!test(value)) issues.push({ code: 'custom', input: value, params: { form } })
      // Copied, as zod copies objects and lists: what an app does to its own later changes nothing here.
      else if (Array.isArray(value)) payload.value = [...value]
    }),
  ]) as Schema<T>
}

/** What is judged elsewhere. */
export function unjudged<T>(): Schema<T> {
  return anything([]) as Schema<T>
}

/** An object that holds nothing else. */
export function object<S extends zod.$ZodLooseShape>(shape: S): zod.$ZodObject<S, zod.$strict> {
  const catchall = new zod.$ZodNever({ type: 'never' })
  return new zod.$ZodObject({ type: 'object', shape, catchall }) as never
}

export function optional<S extends Schema>(innerType: S): zod.$ZodOptional<S> {
  return new zod.$ZodOptional({ type: 'optional', innerType }) as never
}

export function list<S extends Schema>(element: S): zod.$ZodArray<S> {
  return new zod.$ZodArray({ type: 'array', element }) as never
}

export function nonEmpty<S extends Schema>(element: S): zod.$ZodArray<S> {
  const checks = [
    check(({ value, issues }) => {
      if ((value as unknown[]).length === 0) issues.push({ code: 'custom', input: value, message: 'must not be empty' })
    }),
  ]
  return new zod.$ZodArray({ type: 'array', element, checks }) as never
}

/** An object of any names. */
export function record<S extends Schema>(valueType: S): zod.$ZodRecord<zod.$ZodString, S> {
  return new zod.$ZodRecord({ type: 'record', keyType: new zod.$ZodString({ type: 'string' }), valueType }) as never
}

function anything(checks: zod.$ZodCheck<never>[]): Schema {
  return new zod.$ZodUnknown({ type: 'unknown', checks })
}

/** What zod makes of a function that it is given as a check. */
function check(judge: (payload: zod.ParsePayload) => void): zod.$ZodCheck<never> {
  return { _zod: { check: judge as never, def: { check: 'custom' }, onattach: [] } }
}
