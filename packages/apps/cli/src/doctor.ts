import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { printable } from '@ashlar/command'
import { isolation } from '@ashlar/safety'
import { chooseModel, describeChoice } from './choose-model.ts'
import { configuredModel } from './configured-model.ts'
import { describeError } from './describe-error.ts'
import { describeSize } from './download-view.ts'
import { CommandError } from './exit-code.ts'
import { findOllama, ollamaAddress } from './find-ollama.ts'
import { isInstalled } from './installed-package.ts'
import { loadSettings } from './load-settings.ts'
import { modelFileProblem } from './model-file.ts'
import { paint, type Terminal } from './terminal.ts'

/** What a check found. Only a `broken` one fails the command. */
interface Finding {
  readonly status: 'ok' | 'note' | 'broken'
  readonly what: string
  readonly fix?: string
}

const checkNode = (version: string): Finding => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isAtLeast = (wantedMajor: number, wantedMinor: number): boolean =>
    major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  if (!isAtLeast(22, 13))
    return { status: 'broken', what: `Node ${version}`, fix: 'install Node 22.13 or later from nodejs.org' }
  if (!isAtLeast(22, 18))
    return { status: 'note', what: `Node ${version} runs .js agents only`, fix: 'Node 22.18 runs .ts agents' }
  return { status: 'ok', what: `Node ${version}` }
}

const checkKey = (name: string, env: Terminal['env']): Finding => {
  const key = env[name]
  if (key === undefined)
    return { status: 'note', what: `${name} is not set`, fix: `export ${name}=… to use it` }
  if (key.trim() === '')
    return { status: 'broken', what: `${name} is empty`, fix: `unset ${name}, or give it a key` }
  if (/\s|["']/.test(key))
    return { status: 'broken', what: `${name} has spaces or quotes in it`, fix: 'paste the key again, alone' }
  return { status: 'ok', what: `${name} is set` }
}

/** A URL without its user, its password and its query. */
const withoutSecrets = (text: string): string => {
  const url = new URL(text)
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`
}

const checkUrl = (name: string, env: Terminal['env']): Finding[] => {
  const value = env[name] ?? env[name.toLowerCase()]
  if (value === undefined || value === '') return []
  const text = /^\w+:\/\//.test(value) ? value : `http://${value}`
  return URL.canParse(text)
    ? [{ status: 'ok', what: `${name} is ${withoutSecrets(text)}` }]
    : [{ status: 'broken', what: `${name} is not a URL`, fix: 'write it as http://host:port, or unset it' }]
}

const checkNoProxy = (env: Terminal['env']): Finding[] => {
  const value = env['NO_PROXY'] ?? env['no_proxy']
  // Nobody needs a user or a password there, but a list that is pasted may have them.
  return value ? [{ status: 'ok', what: `NO_PROXY is ${value.replaceAll(/[^\s,/]*@/g, '')}` }] : []
}

const addressOf = (env: Terminal['env']): string | undefined => {
  try {
    return ollamaAddress(env).url
  } catch {
    return undefined
  }
}

const checkOllama = async (env: Terminal['env']): Promise<Finding> => {
  const url = addressOf(env)
  if (url === undefined)
    return {
      status: 'broken',
      what: 'OLLAMA_HOST is not a host',
      fix: 'write it as host, host:port or http://host:port, or unset it',
    }
  const server = await findOllama(env, { timeoutMs: 1_000 })
  if (!server)
    return {
      status: 'note',
      what: `Ollama does not answer at ${url}`,
      fix: 'start it with "ollama serve" to use it',
    }
  if (server.models.length === 0)
    return { status: 'note', what: `Ollama at ${url} has no chat model`, fix: 'fetch one with "ollama pull"' }
  return { status: 'ok', what: `Ollama at ${url} has ${server.models.join(', ')}` }
}

/** The package that runs model files; without it one that is chosen cannot be used. */
const checkLlama = (status: 'note' | 'broken'): Finding =>
  isInstalled('node-llama-cpp')
    ? { status: 'ok', what: 'node-llama-cpp is installed: GGUF files can be run' }
    : {
        status,
        what: 'node-llama-cpp is not installed: GGUF files cannot be run',
        fix: 'npm install node-llama-cpp, beside @ashlar/cli',
      }

const checkModelFile = async (env: Terminal['env']): Promise<Finding[]> => {
  const path = env['ASHLAR_MODEL_FILE']?.trim()
  if (!path) {
    const fix = 'ashlar models pull fetches a local model'
    return [{ status: 'note', what: 'ASHLAR_MODEL_FILE is not set', fix }, checkLlama('note')]
  }
  const problem = await modelFileProblem(path)
  if (problem !== undefined) {
    const what = `ASHLAR_MODEL_FILE, ${path}, ${problem}`
    return [{ status: 'broken', what, fix: 'correct the path, or unset it' }]
  }
  const { size } = await stat(path)
  const what = `ASHLAR_MODEL_FILE is ${path} (${describeSize(size)})`
  return [{ status: 'ok', what }, checkLlama('broken')]
}

const checkFolder = async (folder: string): Promise<Finding> => {
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    return { status: 'ok', what: `${folder} can be written to` }
  } catch {
    return { status: 'broken', what: `${folder} cannot be written to`, fix: 'change to a folder of yours' }
  }
}

const checkChoice = async (place: Pick<Terminal, 'cwd' | 'env'>): Promise<Finding> => {
  // What is wrong with the configuration is said of it.
  const config = await loadSettings(place).catch(() => undefined)
  const { env } = place
  try {
    const chosen = await (config ? configuredModel(config, { section: '', env }) : chooseModel({ env }))
    return { status: 'ok', what: describeChoice(chosen) }
  } catch (error) {
    return { status: 'broken', what: describeError(error) }
  }
}

const checkConfig = async (place: Pick<Terminal, 'cwd' | 'env'>): Promise<Finding> => {
  try {
    const { files } = await loadSettings(place)
    return {
      status: 'ok',
      what: files.length > 0 ? `Configuration: ${files.join(', ')}` : 'No configuration',
    }
  } catch (error) {
    return { status: 'broken', what: describeError(error), fix: 'see ashlar config validate' }
  }
}

const checkIsolation = (env: Terminal['env']): Finding => {
  const { kind, reason } = isolation({ path: env['PATH'] ?? '' })
  if (kind !== 'none') return { status: 'ok', what: `Processes can be isolated: ${reason}` }
  return {
    status: 'note',
    what: `Processes cannot be isolated: ${reason}`,
    fix: 'commands run as you do, under the rules about them alone (ashlar policy check)',
  }
}

const marks = { ok: ['green', '✓'], note: ['yellow', '·'], broken: ['red', '✗'] } as const

/** Checks what agents need of this machine; keys are never printed. @throws CommandError when something is broken */
export const doctor = async ({ stdout, env, cwd }: Terminal): Promise<void> => {
  const findings = [
    checkNode(process.versions.node),
    checkKey('ANTHROPIC_API_KEY', env),
    checkKey('OPENAI_API_KEY', env),
    ...['ANTHROPIC_BASE_URL', 'OPENAI_BASE_URL', 'HTTPS_PROXY', 'HTTP_PROXY'].flatMap((name) =>
      checkUrl(name, env),
    ),
    ...checkNoProxy(env),
    await checkOllama(env),
    ...(await checkModelFile(env)),
    await checkFolder(cwd),
    await checkConfig({ cwd, env }),
    checkIsolation(env),
    await checkChoice({ cwd, env }),
  ]
  for (const { status, what, fix } of findings) {
    const [style, mark] = marks[status]
    stdout.write(`${paint(stdout, style, mark)} ${printable(what)}\n`)
    if (fix !== undefined) stdout.write(`    ${paint(stdout, 'dim', fix)}\n`)
  }
  const broken = findings.filter(({ status }) => status === 'broken').length
  if (broken > 0)
    throw new CommandError(
      'failed',
      `${broken === 1 ? 'One thing is' : `${broken} things are`} broken, marked ✗ above`,
    )
}
