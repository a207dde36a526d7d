import { createHash } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs, stripVTControlCharacters } from 'node:util'
import { chooseModel, CommandError, describeChoice, describeError } from '@ashlar/cli'
import { addUsage, InvalidArgument, noUsage } from '@ashlar/core'
import { durableRuns, sqliteJournal } from '@ashlar/orchestrator/durable'
import { createWorkspace, glob, writeFile } from '@ashlar/workspace'
import { toReport } from './report.ts'
import { research } from './research.ts'

const synopsis =
  'Usage: main.ts [folder] [--question text] [--out report.md] [--journal runs.db] [--fresh] [--model provider/id]'
const repository = resolve(import.meta.dirname, '../../..')
const ownPages = '{README.md,docs/*.md,docs/decisions/*.md,packages/*/*/README.md}'
const texts = '**/*.{md,mdx,markdown,txt,rst,adoc,org}'

const options = {
  question: { type: 'string', default: 'What is this about, and what can it do?' },
  out: { type: 'string' },
  journal: { type: 'string' },
  fresh: { type: 'boolean', default: false },
  model: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** Names the work: another question, model or folder is another run, and so are documents that changed. */
const runIdOf = async (root: string, files: readonly string[], about: readonly string[]): Promise<string> => {
  const hash = createHash('sha256').update(JSON.stringify([root, ...about]))
  for (const file of files) {
    const { size, mtimeMs } = await stat(join(root, file))
    hash.update(JSON.stringify([file, size, mtimeMs]))
  }
  return `research-${hash.digest('hex').slice(0, 16)}`
}

const main = async (signal: AbortSignal): Promise<void> => {
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) return console.log(synopsis)
  if (positionals.length > 1) throw new CommandError('usage', synopsis)
  const { question, fresh } = values
  const root = resolve(positionals[0] ?? repository)
  const out = resolve(values.out ?? `reports/research-${basename(root)}.md`)
  const file = resolve(values.journal ?? 'reports/research-team.db')

  const chosen = await chooseModel({ model: values.model })
  console.log(describeChoice(chosen))
  const { model } = chosen
  const pattern = root === repository ? ownPages : texts
  const { paths } = await glob(createWorkspace({ root }), { pattern, signal })
  const files = paths.filter((path) => resolve(root, path) !== out)
  if (files.length === 0) throw new CommandError('usage', `There are no text files in ${root}`)

  await mkdir(dirname(file), { recursive: true })
  const journal = await sqliteJournal(file)
  try {
    const runId = await runIdOf(root, files, [question, model.provider, model.modelId])
    if (fresh) for (const id of [runId, `${runId}-plan`]) await journal.remove(id)
    // Who starts again after a kill need not wait for long.
    const runs = durableRuns(journal, { leaseMs: 1_000 })
    const { plan, result } = await research({ question, root, files, model, runs, runId, signal })

    await mkdir(dirname(out), { recursive: true })
    const text = toReport(plan, result.outcomes, { question, by: describeChoice(chosen) })
    await writeFile(createWorkspace({ root: dirname(out) }), { path: basename(out), text, signal })
    const used = [...result.outcomes.values()].map(({ output }) => output?.usage ?? noUsage)
    const { inputTokens, outputTokens } = used.reduce(addUsage, noUsage)
    console.log(
      `\n${stripVTControlCharacters(text)}\n${inputTokens} tokens in, ${outputTokens} out\nReport: ${out}`,
    )
    if (result.state !== 'success')
      throw new CommandError('failed', 'Not every task succeeded: see the report')
  } finally {
    await journal.close()
  }
}

const controller = new AbortController()
process.once('SIGINT', () => controller.abort(new DOMException('interrupted', 'AbortError')))

/** 130 interrupted, 2 wrong arguments, 1 anything else. */
const exitCodeOf = (error: unknown): number => {
  if (controller.signal.aborted) return 130
  if (CommandError.isInstance(error)) return error.exitCode
  return InvalidArgument.isInstance(error) || (error instanceof TypeError && 'code' in error) ? 2 : 1
}

try {
  await main(controller.signal)
} catch (error) {
  process.exitCode = exitCodeOf(error)
  const isAbort = process.exitCode === 130
  console.error(isAbort ? '\nInterrupted: start it again to go on' : `Error: ${describeError(error)}`)
}
