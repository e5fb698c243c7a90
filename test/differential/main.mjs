import { compare } from './compare.mjs'

const count = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? Date.now() % 4_294_967_296)
console.log(`${count} mutations of each kind, seed ${seed}`)
let wrong = 0
for (const { kind, isEqual, verdicts, ofWebCrypto, beyondJose, stricter } of await compare(count, seed)) {
  const accepted = verdicts['MUTATED, ACCEPTED'] ?? 0
  if (!isEqual || accepted > 0 || beyondJose > 0) wrong++
  console.log(`${kind}: ${isEqual ? 'the same verdicts' : 'DIFFERENT VERDICTS'}, ${accepted} mutated accepted`)
  if (beyondJose !== null) console.log(`jose: refuses ${beyondJose} of ours, accepts ${stricter} more`)
  console.table(isEqual ? verdicts : { node: verdicts, ofWebCrypto })
}
process.exitCode = wrong === 0 ? 0 : 1
