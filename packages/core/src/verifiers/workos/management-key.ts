import { matching } from '../../settings/leaves.js'
import { type Schema } from '../../settings/schema.js'

/** The environment's own key: it may do everything there, so that it is never a caller's. */
export const workosManagementKey: Schema<string> = matching(
  /^sk_[\x21-\x7e]{8,512}$/,
  "the environment's API key: it begins with sk_",
)
