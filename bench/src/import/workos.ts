// A process of its own, so that what the fake holds is not counted as what an import holds.
import { startFakeWorkos } from '@dualauth/testing'

const fake = await startFakeWorkos()
process.on('disconnect', () => process.exit(0))
process.send?.({ apiKey: fake.apiKey, apiUrl: fake.origin })
