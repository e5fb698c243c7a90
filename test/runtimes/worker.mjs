// workerd runs the `test` of a worker by `workerd test`.
import { remoteSmoke } from './remote.mjs'
import { smoke } from './smoke.mjs'

export default {
  async test(_controller, env) {
    const results = [...(await smoke()), ...(await remoteSmoke(env))]
    const failed = results.filter(({ ok }) => !ok)
    for (const { name, detail } of failed) console.log(`FAILED ${name}: ${detail}`)
    console.log(`${results.length - failed.length} of ${results.length} cases`)
    if (failed.length > 0 || results.length === 0) throw new Error('The smoke test failed.')
  },
}
