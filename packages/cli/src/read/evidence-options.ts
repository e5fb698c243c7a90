import { Option, type Command } from 'commander'
import { duration, whole } from './arguments.js'

/** How evidence is read, as the command line says it. */
export interface EvidenceOptions {
  readonly windowDays: number
  readonly tolerance?: number
  readonly stopped?: readonly string[]
  readonly ignoreUnverified?: boolean
}

export function withEvidenceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--window-days <days>', 'for so many days nobody may have come the old way')
        .default(14)
        .argParser(whole(1, 366)),
    )
    .addOption(
      new Option('--tolerance <duration>', 'for how long nothing may be heard of an instance (default: 10m)').argParser(
        duration,
      ),
    )
    .option('--stopped <instances...>', 'instances that are known to have ended without saying so, or all')
    .option('--ignore-unverified', 'what was refused by its shape alone came from strangers, and counts for nothing')
}

/** As `retireReport` and `cleanupScripts` take them. */
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
