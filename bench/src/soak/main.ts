// `npm run bench -- --soak [seconds]`: no figure, but no wrong answer and flat memory.
import { isFlat, soak } from './soak.js'

const seconds = Number(process.argv[2] ?? 60)
const { answers, wrong, heap, keyFetches } = await soak(seconds)
const isSound = Object.keys(wrong).length === 0
const isSteady = isFlat(heap)
const from = Math.min(...heap).toFixed(1)
const to = Math.max(...heap).toFixed(1)
console.log(`${answers.toLocaleString('en-US')} answers in ${seconds} s, ${keyFetches} fetches of the key set`)
console.log(`wrong answers: ${isSound ? 0 : JSON.stringify(wrong)}: ${isSound ? 'met' : 'not met'}`)
console.log(`heap: ${from} to ${to} MiB, ${isSteady ? 'flat: met' : 'not flat: not met'}`)
process.exit(isSound && isSteady ? 0 : 1)
