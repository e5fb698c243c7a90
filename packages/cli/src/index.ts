export { runCli } from './run.js'
export type { Input, Output, Terminal } from './terminal/terminal.js'
