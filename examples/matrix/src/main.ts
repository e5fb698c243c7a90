import { renderMatrix, runMatrix } from './matrix.js'

const cells = await runMatrix()
console.log(renderMatrix(cells))
console.log(`\n${cells.length} credentials before 3 frameworks. An answer is the status and the code of the error.`)
