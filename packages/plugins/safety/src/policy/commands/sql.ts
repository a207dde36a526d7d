import { allow, ask, deny, type Outcome } from '../outcome.ts'

const functions = new Set(
  `count sum min max avg total length lower upper coalesce ifnull nullif date datetime time strftime julianday substr substring replace trim ltrim rtrim round abs group_concat json_extract json_array_length json_each typeof printf format instr
  random hex quote cast in exists values and or not as over row_number rank iif sqlite_version changes unicode char like glob using on with from where select all any union having case when then else`.split(
    /\s+/,
  ),
)
const keywords = new Set(['select', 'with', 'explain', 'pragma', 'values'])
const pragmas = new Set([
  'table_info',
  'table_list',
  'index_list',
  'index_info',
  'foreign_key_list',
  'user_version',
  'integrity_check',
  'quick_check',
  'database_list',
  'compile_options',
  'table_xinfo',
  'foreign_key_check',
  'page_count',
  'page_size',
  'journal_mode',
  'encoding',
  'schema_version',
])
const dots = new Set([
  '.tables',
  '.schema',
  '.indexes',
  '.indices',
  '.databases',
  '.headers',
  '.mode',
  '.dbinfo',
  '.fullschema',
  '.show',
  '.width',
  '.stats',
  '.nullvalue',
  '.version',
  '.quit',
  '.exit',
])

/** Words, signs and nothing of what is in quotes or comments. */
const wordsOf = (statement: string): readonly string[] => {
  const bare = statement.replaceAll(/'(?:[^']|'')*'|--[^\n]*|\/\*[^]*?\*\//g, ' ')
  return bare.match(/[A-Za-z_][\w$]*|\(|\S/g)?.map((word) => word.toLowerCase()) ?? []
}

const statementsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split(';')
    .map(wordsOf)
    .filter((words) => words.length > 0)

/** Statements that take data away for all: refused. */
export const judgeSql = (text: string): Outcome => {
  for (const words of statementsOf(text)) {
    const [first = '', second = ''] = words
    if (first === 'drop' || first === 'truncate')
      return deny('destroys-data', `${first.toUpperCase()} takes data away for good.`)
    if (
      (first === 'delete' || first === 'update') &&
      !words.includes('where') &&
      (second === 'from' || words.includes('set'))
    )
      return first === 'delete'
        ? deny('destroys-data', 'DELETE without WHERE empties the table.')
        : ask('database', 'UPDATE without WHERE changes every row.')
    if (first === 'alter' && words.includes('drop'))
      return deny('destroys-data', 'It drops a column or a constraint.')
    if (
      (first === 'copy' && words.includes('program')) ||
      words.includes('load_extension') ||
      words.includes('xp_cmdshell') ||
      words.includes('lo_export') ||
      words.includes('outfile') ||
      words.includes('dumpfile')
    )
      return deny('option-runs', 'The statement runs a program or writes a file.')
  }
  return allow()
}

/** Every statement only reads, with functions that are known. */
export const readsOnly = (text: string): boolean => {
  const trimmed = text.trim()
  if (trimmed.startsWith('.')) {
    const [command = '', ...rest] = trimmed.split(/\s+/)
    return dots.has(command) && !trimmed.includes('\n') && rest.every((word) => /^[\w%]+$/.test(word))
  }
  const statements = statementsOf(text)
  return (
    statements.length > 0 &&
    !text.includes('\n.') &&
    statements.every((words) => {
      const [first = '', second = ''] = words
      if (!keywords.has(first)) return false
      if (first === 'pragma') return pragmas.has(second) && !words.includes('=')
      if (
        words.some((word) =>
          [
            'into',
            'attach',
            'insert',
            'update',
            'delete',
            'create',
            'drop',
            'alter',
            'vacuum',
            'reindex',
          ].includes(word),
        )
      )
        return false
      return words.every(
        (word, index) => words[index + 1] !== '(' || !/^[a-z_]/.test(word) || functions.has(word),
      )
    })
  )
}
