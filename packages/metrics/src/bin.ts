#!/usr/bin/env node
import process from 'node:process'
import { runRules } from './rules/run-rules.js'

const { out, error } = runRules(process.argv.slice(2))
process.stdout.write(out)
if (error !== null) {
  process.stderr.write(`${error}\n`)
  process.exitCode = 64
}
