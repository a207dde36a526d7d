import { measureFootprint } from './footprint.ts'
import { installPeer } from './install-peer.ts'
import { type Figure, measureWorkload } from './measure-workload.ts'
import { type BenchOptions, help, parseOptions } from './options.ts'
import { profileSubject } from './profile-subject.ts'
import { comparisonTable, machineLine, problemLines, targetTable } from './report-table.ts'
import { removeStage, stage } from './stage.ts'
import { isInstalled, selectSubjects, type SubjectEntry } from './subjects.ts'
import { startUpstream, type Upstream } from './upstream/upstream.ts'
import { type Workload, workloadNamed, workloads } from './workloads.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const progress = (text: string): void => void process.stderr.write(`${text}\n`)

const prepare = async ({ subjects, peers, profile }: BenchOptions): Promise<SubjectEntry[]> => {
  progress('Building core, wire and openai as they are published …')
  await stage()
  const names = profile && subjects.length === 0 ? ['ashlar'] : subjects
  const ready: SubjectEntry[] = []
  for (const subject of selectSubjects(names, peers)) {
    if (peers && subject.peerFolder !== undefined) progress(`Installing ${subject.name} …`)
    const problem = peers ? await installPeer(subject) : undefined
    if (problem !== undefined) say(`- not measured: ${problem}`)
    else if (isInstalled(subject)) ready.push(subject)
    else say(`- not measured: ${subject.name} is not installed, add --peers`)
  }
  return ready
}

const measure = async (
  options: BenchOptions,
  subjects: readonly SubjectEntry[],
  upstream: Upstream,
): Promise<Figure[]> => {
  const effort = options.quick ? { scale: 0.01, maxMs: 500 } : { scale: 1, maxMs: 1500 }
  const figures: Figure[] = []
  for (const workload of chosen(options)) {
    progress(`${workload.title}: ${subjects.length} subjects, ${options.repeats} times`)
    figures.push(
      ...(await measureWorkload(workload, { subjects, upstream, effort, repeats: options.repeats })),
    )
  }
  return figures
}

const chosen = ({ workloads: names }: BenchOptions): readonly Workload[] =>
  names.length === 0 ? workloads : names.map(workloadNamed)

/** Prints the tables; without figures worth reading, only whether every request, call and delta was right. */
const report = async (figures: readonly Figure[], options: BenchOptions): Promise<number> => {
  const problems = problemLines(figures)
  if (problems.length > 0) say(`\nWrong:\n${problems.join('\n')}`)
  if (options.quick) {
    const wrong = figures.filter((figure) => figure.problems.length > 0).length
    say(`${figures.length - wrong} passed, ${wrong} failed`)
    return wrong
  }
  say(`\n${new Date().toISOString().slice(0, 10)}, ${machineLine()}, ${options.repeats} blocks each\n`)
  say(comparisonTable(figures))
  const whole = options.subjects.length === 0 && options.workloads.length === 0
  if (figures.some(({ subject }) => subject.name === 'ashlar'))
    say(`\n${targetTable(figures, whole ? await measureFootprint(15) : undefined)}`)
  return problems.length
}

const run = async (options: BenchOptions): Promise<number> => {
  if (options.help) {
    say(help)
    return 0
  }
  const subjects = await prepare(options)
  const upstream = await startUpstream()
  try {
    if (options.profile) {
      for (const workload of chosen(options))
        for (const subject of subjects) say(`\n${await profileSubject(subject, workload, upstream)}`)
      return 0
    }
    return (await report(await measure(options, subjects, upstream), options)) > 0 ? 1 : 0
  } finally {
    upstream.close()
  }
}

try {
  process.exitCode = await run(parseOptions(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
} finally {
  removeStage()
}
