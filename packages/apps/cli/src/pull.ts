import { basename, extname, join, resolve } from 'node:path'
import { type PulledModel, pullModel } from '@ashlar/local'
import { printable } from '@ashlar/command'
import { createDownloadView, describeSize } from './download-view.ts'
import { CommandError } from './exit-code.ts'
import { modelsFolder } from './models-folder.ts'
import { paint, type Terminal, untilInterrupted } from './terminal.ts'

export interface PullOptions {
  readonly terminal: Terminal
  /** A folder, or the path of a `.gguf` file. @default `ashlar/models` in the user's cache */
  readonly to?: string | undefined
  /** What the file has to hash to, in hexadecimal. */
  readonly sha256?: string | undefined
}

/** Where Hugging Face is, for those who use a mirror. */
const hubOf = (env: Terminal['env']): string =>
  (env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '')

/** The address of a file: itself, or that of `hf:owner/repository/path/to/file.gguf`. */
const urlOf = (source: string, env: Terminal['env']): string => {
  const [, owner, repository, path] = /^hf:([^/]+)\/([^/]+)\/(.+)$/.exec(source) ?? []
  if (path !== undefined) return `${hubOf(env)}/${owner}/${repository}/resolve/main/${path}`
  if (/^https?:\/\//.test(source) && URL.canParse(source)) return source
  throw new CommandError(
    'usage',
    `Unknown model "${source}": expected a URL or hf:owner/repository/file.gguf`,
  )
}

const fileOf = (url: string, { terminal, to }: PullOptions): string => {
  const target = to === undefined ? modelsFolder(terminal.env) : resolve(terminal.cwd, to)
  if (extname(target).toLowerCase() === '.gguf') return target
  const name = basename(decodeURIComponent(new URL(url).pathname))
  if (/^[^/\\]+\.gguf$/i.test(name)) return join(target, name)
  throw new CommandError('usage', `${url} does not end in .gguf: say with --to what the file is to be called`)
}

/** A token is for the hub alone. */
const headersOf = (url: string, env: Terminal['env']): Record<string, string> => {
  const token = env['HF_TOKEN']?.trim()
  return token && url.startsWith(`${hubOf(env)}/`) ? { authorization: `Bearer ${token}` } : {}
}

const report = ({ stdout, stderr }: Terminal, { file, bytes, sha256, downloaded }: PulledModel): void => {
  const what = `${downloaded ? 'Fetched' : 'There already:'} ${describeSize(bytes)}, SHA-256 ${sha256}`
  stderr.write(`${what}\n${paint(stderr, 'dim', `To use it: export ASHLAR_MODEL_FILE=${printable(file)}`)}\n`)
  stdout.write(`${file}\n`)
}

/** Fetches a GGUF file, going on with what came before; its path goes to stdout. @throws CommandError */
export const pull = async (source: string, options: PullOptions): Promise<void> => {
  const { terminal, sha256 } = options
  const url = urlOf(source, terminal.env)
  const file = fileOf(url, options)
  const view = createDownloadView(terminal, basename(file))
  try {
    const pulled = await untilInterrupted(terminal, (signal) =>
      pullModel({
        url,
        file,
        headers: headersOf(url, terminal.env),
        onProgress: view.update,
        signal,
        ...(sha256 !== undefined && { sha256 }),
      }),
    )
    view.end()
    report(terminal, pulled)
  } catch (error) {
    view.end()
    const isAbort = error instanceof DOMException && error.name === 'AbortError'
    if (!isAbort) throw error
    throw new CommandError('interrupted', 'Interrupted; the same command goes on from here', { cause: error })
  }
}
