import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { printable } from '@ashlar/command'
import { describeError } from './describe-error.ts'
import { describeSize } from './download-view.ts'
import { findOllama, ollamaAddress } from './find-ollama.ts'
import { modelFileProblem } from './model-file.ts'
import { modelsFolder } from './models-folder.ts'
import { paint, type Terminal } from './terminal.ts'

interface Row {
  /** What `--model` takes. */
  readonly model: string
  readonly note: string
}

const keyRow = (model: string, variable: string, env: Terminal['env']): Row => ({
  model,
  note: env[variable]?.trim() ? `${variable} is set` : `needs ${variable}`,
})

const fileRow = async (path: string): Promise<Row> => {
  const note = (await modelFileProblem(path)) ?? describeSize((await stat(path)).size)
  return { model: path, note }
}

const filesIn = async (folder: string): Promise<string[]> => {
  const files = await readdir(folder).catch(() => [])
  return files.filter((file) => /\.gguf$/i.test(file)).map((file) => join(folder, file))
}

/** GGUF files: the one of ASHLAR_MODEL_FILE, those that were pulled, and those in `folder`. */
const fileRows = async (env: Terminal['env'], folder: string): Promise<Row[]> => {
  const found = (await Promise.all([modelsFolder(env), folder].map(filesIn))).flat()
  const chosen = env['ASHLAR_MODEL_FILE']?.trim()
  return Promise.all([...new Set([...(chosen ? [chosen] : []), ...found.toSorted()])].map(fileRow))
}

const ollamaRows = async (env: Terminal['env']): Promise<Row[]> => {
  try {
    return await answeringRows(env)
  } catch (error) {
    return [{ model: 'ollama/<id>', note: describeError(error) }]
  }
}

const answeringRows = async (env: Terminal['env']): Promise<Row[]> => {
  const server = await findOllama(env, { timeoutMs: 1_000 })
  if (!server) return [{ model: 'ollama/<id>', note: `Ollama does not answer at ${ollamaAddress(env).url}` }]
  if (server.models.length === 0) return [{ model: 'ollama/<id>', note: 'Ollama has no chat model' }]
  return server.models.map((name) => ({ model: `ollama/${name}`, note: server.url }))
}

/** Prints what `--model` can be given on this machine, one a line, with what it takes. */
export const listModels = async ({ stdout, env, cwd }: Terminal): Promise<void> => {
  const rows = [
    keyRow('anthropic/<id>', 'ANTHROPIC_API_KEY', env),
    keyRow('openai/<id>', 'OPENAI_API_KEY', env),
    ...(await ollamaRows(env)),
    ...(await fileRows(env, cwd)),
    { model: 'local/offline', note: 'always there; rule-based, not a language model' },
  ]
  const width = Math.max(...rows.map(({ model }) => model.length))
  for (const { model, note } of rows)
    stdout.write(`${printable(model).padEnd(width)}  ${paint(stdout, 'dim', printable(note))}\n`)
}
