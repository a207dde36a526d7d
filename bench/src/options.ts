import { parseArgs } from 'node:util'

/** What the command was asked for. */
export interface BenchOptions {
  readonly quick: boolean
  readonly peers: boolean
  readonly subjects: readonly string[]
  readonly workloads: readonly string[]
  readonly repeats: number
  readonly profile: boolean
  readonly help: boolean
}

/** The text of `--help`. */
export const help = `Usage: node bench/src/main.ts [options]

CPU of agent libraries against a fake upstream, as multiples of raw global fetch in the same run.

  --quick            a few operations of each workload: shows that it works, measures nothing
  --peers            installs the other libraries into bench/peers/*/node_modules and measures them too
  --subject <name>   only this one, with raw fetch; can be given several times
  --workload <name>  only this one (complete, loop, stream, coalesced, swarm); can be given several times
  --repeats <n>      blocks a subject and workload [5; 1 with --quick]
  --profile          a CPU profile of the subject instead of figures: self time by function [ashlar]
  --help             this text`

/** Reads the command line. @throws Error for an unknown option or a bad number */
export const parseOptions = (args: readonly string[]): BenchOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      subject: { type: 'string', multiple: true, default: [] },
      workload: { type: 'string', multiple: true, default: [] },
      repeats: { type: 'string' },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const repeats = Number(values.repeats ?? (values.quick ? 1 : 5))
  if (!Number.isInteger(repeats) || repeats < 1)
    throw new Error(`--repeats: expected a whole number above 0, received ${values.repeats}`)
  const { quick, peers, profile, subject, workload } = values
  return { quick, peers, profile, help: values.help, repeats, subjects: subject, workloads: workload }
}
