import { execFile } from 'node:child_process'
import { AshlarError, isObject } from '@ashlar/core'
import { isTemplate, parseTemplate, type Reference } from './template.ts'

export interface ReferenceOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where commands are run. */
  readonly cwd: string
  /** Milliseconds a command may take. @default 10,000 */
  readonly timeoutMs?: number
}

/** A reference could not be looked up. Never tells what a command printed. */
export class UnresolvedReference extends AshlarError {
  override name = 'UnresolvedReference'
  constructor(message: string) {
    super('unresolved-reference', message)
  }
}

/** Most bytes a command may print. */
const mostOutput = 64 * 1024

const run = ([program = '', ...args]: readonly string[], options: ReferenceOptions): Promise<string> => {
  const { cwd, env, timeoutMs = 10_000 } = options
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { cwd, env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: mostOutput, windowsHide: true },
      (error, stdout) => {
        if (!error) return resolve(stdout.replace(/\r?\n$/, ''))
        const { code, killed } = error
        const why =
          code === 'ENOENT'
            ? 'there is no such program'
            : code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER'
              ? `it printed more than ${mostOutput} bytes`
              : killed === true
                ? `it took more than ${timeoutMs} ms`
                : `it ended with ${String(code ?? error.signal)}`
        reject(new UnresolvedReference(`The command ${program} of the configuration failed: ${why}`))
      },
    )
  })
}

/** Looks references up, each command at most once. */
export interface References {
  /** The data with its references replaced. @throws UnresolvedReference when one cannot be looked up */
  readonly resolve: (data: unknown) => Promise<unknown>
}

/** @param known the texts that are the configuration's own: references in others stay what they are */
export const createReferences = (known: ReadonlySet<string>, options: ReferenceOptions): References => {
  const printed = new Map<string, Promise<string>>()
  const lookUp = async (reference: Reference): Promise<string> => {
    if (reference.kind === 'env') {
      const value = options.env[reference.name]
      const found = value === undefined || value === '' ? (reference.fallback ?? value) : value
      if (found === undefined)
        throw new UnresolvedReference(
          `The variable ${reference.name} is not set, and the configuration needs it`,
        )
      return found
    }
    const name = JSON.stringify(reference.argv)
    const output = printed.get(name) ?? run(reference.argv, options)
    printed.set(name, output)
    // What failed may work the next time: a store of secrets that is open by then.
    return output.catch((error: unknown) => {
      printed.delete(name)
      throw error
    })
  }
  const ofText = async (text: string): Promise<string> => {
    if (!isTemplate(text) || !known.has(text)) return text
    const template = parseTemplate(text)
    if ('problem' in template) return text
    const parts = await Promise.all(
      template.map(async (part) => (typeof part === 'string' ? part : lookUp(part))),
    )
    return parts.join('')
  }
  const resolve = async (data: unknown): Promise<unknown> => {
    if (typeof data === 'string') return ofText(data)
    if (Array.isArray(data)) return Promise.all(data.map(resolve))
    if (!isObject(data)) return data
    const entries = Object.entries(data).map(async ([key, value]) => [key, await resolve(value)] as const)
    return Object.fromEntries(await Promise.all(entries))
  }
  return { resolve }
}
