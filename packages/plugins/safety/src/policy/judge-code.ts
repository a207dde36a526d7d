import { codeTokens, type CodeToken } from './code-tokens.ts'
import { literal } from './field.ts'
import { isHarmlessCode } from './harmless-code.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from './outcome.ts'
import { readPath } from './path-rules.ts'
import { isSecretName } from './secret-name.ts'
import type { Shell } from './shell.ts'
import { destroyPath, writePath } from './write-rules.ts'

const words = (text: string): readonly string[] => text.split(/\s+/)
const runs = words(
  'exec execSync execFile execFileSync spawn spawnSync system popen Popen call check_call check_output run eval Function compile fork dup2 pty subprocess child_process IO Open3 proc_open shell_exec passthru __import__',
)
const network = words(
  'urlopen urllib urllib2 requests fetch http https socket Socket TCPSocket fsockopen net urlretrieve httpx aiohttp LWP INET connect XMLHttpRequest axios',
)
const decoders = words(
  'b64decode atob pack chr fromCharCode fromCodePoint fromhex unhexlify decode64 base64_decode from_base64 decompress rot13 decodebytes',
)
const destroys = words(
  'rmtree removeSync rmSync rm unlink unlinkSync remove removedirs rmdir rmdirSync rm_rf remove_entry_secure emptyDirSync rimraf delete_tree',
)
const writes = words(
  'writeFileSync writeFile appendFileSync appendFile write write_text write_bytes file_put_contents createWriteStream symlink copyfile copyFileSync rename',
)
const homes = words('expanduser homedir HOME Path.home home')

const has = (tokens: readonly CodeToken[], names: readonly string[]): boolean =>
  tokens.some((token) => token.kind === 'word' && names.includes(token.text))

/** Every string may be a command or the name of a file. */
const judgeStrings = (tokens: readonly CodeToken[], shell: Shell): Outcome => {
  const found: Outcome[] = []
  const starts = has(tokens, runs)
  for (const { kind, text } of tokens) {
    if (kind !== 'string' || text === '' || text.length > 4096) continue
    shell.spend()
    const asPath = text.includes('\n') || text.includes('\0') ? allow() : readPath(literal(text), shell)
    const asCommand =
      text.includes(' ') || text.includes('\n') || starts
        ? shell.runSource(text.replaceAll('\0', ''), { stdin: noInput })
        : allow()
    found.push(asPath, asCommand)
  }
  return found.find(({ verdict }) => verdict === 'deny') ?? allow()
}

/** Arguments in a list: `['rm', '-rf', '/']`. */
const judgeLists = (tokens: readonly CodeToken[], shell: Shell): Outcome => {
  let argv: string[] = []
  const found: Outcome[] = []
  const flush = (): void => {
    if (argv.length > 1 && argv.every((text) => !text.includes('\0')))
      found.push(shell.runCommand(argv.map(literal), { stdin: noInput }))
    argv = []
  }
  for (const { kind, text } of tokens)
    if (kind === 'string') argv.push(text)
    else if (text !== ',' && text !== '[' && text !== '(') flush()
  flush()
  return found.find(({ verdict }) => verdict === 'deny') ?? allow()
}

const judgeEnvironment = (tokens: readonly CodeToken[]): Outcome => {
  const at = tokens.findIndex(
    (token, index) =>
      token.kind === 'word' &&
      (['environ', 'ENV', 'getenv', '_ENV'].includes(token.text) ||
        (token.text === 'env' && tokens[index - 2]?.text === 'process')),
  )
  if (at < 0) return allow()
  if (
    tokens.some(
      (token) => token.kind !== 'sign' && isSecretName(token.text) && token.text === token.text.toUpperCase(),
    )
  )
    return deny('secret', 'The code reads a credential from the environment.')
  const next = tokens[at + 1]?.text
  const names = next === '.' || next === '[' || next === '(' || next === '{'
  return names ? allow() : deny('secret', 'The code shows the whole environment.')
}

const judgeDestruction = (tokens: readonly CodeToken[], shell: Shell): Outcome => {
  if (has(tokens, destroys)) {
    if (has(tokens, homes)) return deny('destroys-files', 'The code deletes in the home folder.')
    const found = tokens
      .filter((token) => token.kind === 'string')
      .map((token) => destroyPath(literal(token.text.replaceAll(/[*\0].*$/g, '') || '.'), shell, true))
    return found.find(({ verdict }) => verdict === 'deny') ?? allow()
  }
  if (
    !has(tokens, writes) &&
    !tokens.some(
      (token) => token.kind === 'string' && ['w', 'a', 'wb', 'ab', 'w+', 'a+'].includes(token.text),
    )
  )
    return allow()
  const found = tokens
    .filter(
      (token) =>
        token.kind === 'string' &&
        !token.text.includes('\n') &&
        !token.text.includes('\0') &&
        token.text !== '',
    )
    .map((token) => writePath(literal(token.text), shell))
  return found.find(({ verdict }) => verdict === 'deny') ?? allow()
}

/** Forks in a loop without an end. */
const multiplies = (tokens: readonly CodeToken[]): boolean =>
  has(tokens, ['fork']) &&
  has(tokens, ['while', 'loop', 'for', 'forever']) &&
  !has(tokens, ['wait', 'waitpid', 'exit', 'break', 'last'])

/** The verdict about a program given on the command line: allowed only in the small part that reads facts. */
export const judgeCode = (code: string, language: 'node' | 'python' | 'other', shell: Shell): Outcome => {
  const tokens = codeTokens(code)
  if (has(tokens, runs) && has(tokens, network))
    return deny('remote-code', 'The code connects to the network and runs what it is told.')
  if (has(tokens, runs) && has(tokens, decoders)) return deny('hidden-code', 'The code runs what it decodes.')
  if (multiplies(tokens)) return deny('fork-bomb', 'The code starts itself again and again.')
  if (
    has(tokens, ['import']) &&
    has(tokens, network) &&
    tokens.some(({ kind, text }) => kind === 'string' && text.startsWith('data:'))
  )
    return deny('remote-code', 'The code runs what the network tells it.')
  if (
    has(tokens, ['eval', 'Function']) &&
    has(tokens, ['Buffer']) &&
    tokens.some(({ text }) => text === 'base64' || text === 'hex')
  )
    return deny('hidden-code', 'The code runs what it decodes.')
  const found = worst([
    judgeEnvironment(tokens),
    judgeDestruction(tokens, shell),
    judgeStrings(tokens, shell),
    judgeLists(tokens, shell),
  ])
  if (found.verdict === 'deny') return found
  if (found.verdict === 'allow' && isHarmlessCode(tokens, language, shell)) return allow()
  return ask('inline-code', 'Code on the command line may do anything.')
}
