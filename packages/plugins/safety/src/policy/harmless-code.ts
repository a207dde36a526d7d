import type { CodeToken } from './code-tokens.ts'
import { literal } from './field.ts'
import { readPath } from './path-rules.ts'
import type { Shell } from './shell.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))

/** What may stand after the dot of each name. */
const nodeNames: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['console', words('log error table dir')],
  ['process', words('version versions platform arch release uptime')],
  ['JSON', words('stringify parse')],
  ['Math', words('PI max min floor ceil round sqrt pow abs trunc')],
  ['Object', words('keys values entries')],
  ['require', words('')],
  ['true', words('')],
  ['false', words('')],
  ['null', words('')],
])
const pythonNames: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['print', words('')],
  ['sys', words('version version_info executable platform path prefix maxsize major minor')],
  ['platform', words('python_version system machine platform release')],
  ['json', words('load loads dumps')],
  ['math', words('pi sqrt floor ceil log pow e')],
  ...[
    'import',
    'open',
    'len',
    'str',
    'int',
    'sum',
    'range',
    'sorted',
    'list',
    'round',
    'max',
    'min',
    'True',
    'False',
    'None',
    'for',
    'in',
    'if',
    'else',
    'not',
    'and',
    'or',
  ].map((name) => [name, words('')] as const),
])
const neverAfterDot = words(
  'constructor prototype __proto__ mainModule binding dlopen env kill exit __class__ __globals__ __builtins__ __subclasses__ __dict__ __loader__ __import__ system popen',
)

const isNumber = (text: string): boolean => Number.isFinite(Number(text.replaceAll('_', '')))

/** Data that a program reads: a JSON file of the project. */
const isProjectData = (text: string, shell: Shell): boolean =>
  text.endsWith('.json') && readPath(literal(text), shell).verdict === 'allow'

/** Prints versions, numbers and values of the project's JSON files, and nothing else. */
export const isHarmlessCode = (
  tokens: readonly CodeToken[],
  language: 'node' | 'python' | 'other',
  shell: Shell,
): boolean => {
  if (language === 'other') return false
  const names = language === 'node' ? nodeNames : pythonNames
  const imported = new Set(
    tokens
      .filter((_, index) => tokens[index - 1]?.text === 'import' && language === 'python')
      .map((token) => token.text),
  )
  return (
    tokens.every((token, index) => {
      const before = tokens[index - 1]
      if (token.kind === 'sign')
        return (
          '().,;:+-*/%[]{}!?&|<>='.includes(token.text) && !(token.text === '=' && before?.kind === 'word')
        )
      if (token.kind === 'string') {
        const opens = before?.text === '(' && ['require', 'open'].includes(tokens[index - 2]?.text ?? '')
        return !opens || isProjectData(token.text, shell)
      }
      if (isNumber(token.text)) return true
      if (before?.text === 'import')
        return (
          names.has(token.text) ||
          tokens.some((other, at) => other.text === '__version__' && tokens[at - 2]?.text === token.text)
        )
      if (before?.text !== '.') return names.has(token.text) || imported.has(token.text)
      if (neverAfterDot.has(token.text)) return false
      const owner = tokens[index - 2]
      if (owner?.kind === 'word' && names.has(owner.text) && tokens[index - 3]?.text !== '.')
        return names.get(owner.text)?.has(token.text) === true
      if (owner?.kind === 'word' && imported.has(owner.text))
        return token.text === '__version__' || token.text === '__file__'
      // A property of what a JSON file holds, or of a value made from it.
      return (
        tokens.some((other) => other.text === 'require' || other.text === 'load') ||
        ['length', 'major', 'minor', 'node', 'v8', 'join'].includes(token.text)
      )
    }) && opensOnlyData(tokens)
  )
}

/** `require(` and `open(` take one text: a name that is put together could be any file. */
const opensOnlyData = (tokens: readonly CodeToken[]): boolean =>
  tokens.every((token, index) => {
    if (token.text !== 'require' && token.text !== 'open') return true
    return (
      tokens[index + 1]?.text === '(' &&
      tokens[index + 2]?.kind === 'string' &&
      tokens[index + 3]?.text === ')'
    )
  })
