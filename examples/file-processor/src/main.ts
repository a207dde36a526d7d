import { mkdir } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { parseArgs, stripVTControlCharacters } from 'node:util'
import { chooseModel, CommandError, describeChoice, describeError } from '@ashlar/cli'
import { addUsage, type Agent, createAgent, InvalidArgument, noUsage, RunIncomplete } from '@ashlar/core'
import { createWorkspace, glob, workspaceTools, writeFile } from '@ashlar/workspace'
import { Analysis, type Entry, toReport } from './report.ts'

const synopsis = 'Usage: main.ts [folder] [--out report.md] [--model provider/id]'
const repository = resolve(import.meta.dirname, '../../..')
const ownPages = '{README.md,docs/**/*.md,examples/**/*.md,packages/**/*.md}'
const texts = '**/*.{md,mdx,markdown,txt,rst,adoc,org,csv,log}'

/** Lets the agent read one file and say what is in it, showing what it does. */
const analyse = async (agent: Agent, path: string, signal: AbortSignal): Promise<Entry> => {
  const question = `Read the file "${path}" and summarise it.`
  const run = agent.run(question, { output: Analysis, signal })
  try {
    for await (const event of run)
      if (event.type === 'tool-end') {
        const { call, result, durationMs } = event
        const outcome = result?.isError ? `failed: ${result.output}` : `${result?.output.length} characters`
        console.log(`  ${call.name} → ${outcome}, ${durationMs.toFixed(0)} ms`)
      }
    const { output: analysis, usage } = await run
    console.log(`  ${stripVTControlCharacters(analysis.summary)}`)
    return { path, usage, analysis }
  } catch (error) {
    if (!RunIncomplete.isInstance(error)) throw error
    console.log(`  ${error.message}`)
    return { path, usage: error.usage, problem: error.message }
  }
}

const main = async (signal: AbortSignal): Promise<void> => {
  const options = { out: { type: 'string' }, model: { type: 'string' }, help: { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) return console.log(synopsis)
  if (positionals.length > 1) throw new CommandError('usage', synopsis)
  const root = resolve(positionals[0] ?? repository)
  const out = resolve(values.out ?? `reports/${basename(root)}.md`)

  const chosen = await chooseModel({ model: values.model })
  console.log(describeChoice(chosen))

  const workspace = createWorkspace({ root })
  const { paths } = await glob(workspace, { pattern: root === repository ? ownPages : texts, signal })
  const files = paths.filter((path) => resolve(root, path) !== out)
  if (files.length === 0) throw new CommandError('usage', `There are no text files in ${root}`)

  const { readFile } = workspaceTools({ root })
  const agent = createAgent({ name: 'file-processor', model: chosen.model, tools: { readFile } })
  const entries: Entry[] = []
  for (const [index, path] of files.entries()) {
    console.log(`\n[${index + 1}/${files.length}] ${path}`)
    entries.push(await analyse(agent, path, signal))
  }

  signal.throwIfAborted()
  await mkdir(dirname(out), { recursive: true })
  const text = toReport(entries, { folder: basename(root), by: describeChoice(chosen) })
  await writeFile(createWorkspace({ root: dirname(out) }), { path: basename(out), text, signal })
  const { inputTokens, outputTokens } = entries.map(({ usage }) => usage).reduce(addUsage, noUsage)
  console.log(`\n${inputTokens} tokens in, ${outputTokens} out\nReport: ${out}`)
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
  console.error(isAbort ? '\nInterrupted: no report was written' : `Error: ${describeError(error)}`)
}
