import { Option, type Command } from 'commander'
import { duration, whole } from './arguments.js'

/** How evidence is read, as given on the command line. */
export interface EvidenceOptions {
  readonly windowDays: number
  readonly tolerance?: number
  readonly stopped?: readonly string[]
  readonly ignoreUnverified?: boolean
}

export function withEvidenceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--window-days <days>', 'the number of days without anybody on the old side')
        .default(14)
        .argParser(whole(1, 366)),
    )
    .addOption(
      new Option('--tolerance <duration>', 'how long an instance may be silent (default: 10m)').argParser(duration),
    )
    .option('--stopped <instances...>', 'instances that are known to have ended without reporting it, or all')
    .option('--ignore-unverified', 'ignore refusals by shape alone, which came from strangers')
}

/** The options of `retireReport` and `cleanupScripts`. */
export interface EvidenceReading {
  readonly windowDays: number
  readonly toleranceMs?: number
  readonly stopped: readonly string[] | 'all'
  readonly ignoreUnverified: boolean
}

export function readEvidenceOptions(options: EvidenceOptions): EvidenceReading {
  const { windowDays, tolerance, stopped = [], ignoreUnverified = false } = options
  return {
    windowDays,
    stopped: stopped.includes('all') ? 'all' : stopped,
    ignoreUnverified,
    ...(tolerance !== undefined && { toleranceMs: tolerance * 1000 }),
  }
}
