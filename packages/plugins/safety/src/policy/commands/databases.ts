import type { Field } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { readPath, scanForSecrets } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout, isHelp, tool } from '../tool.ts'
import { loopback } from './download.ts'
import { judgeSql, readsOnly } from './sql.ts'

/** Backslash and dot commands run programs. */
const judgeText = (text: string, shell: Shell): Outcome => {
  const found = [judgeSql(text)]
  for (const line of text.split('\n')) {
    const command = /^\s*(?:\\!|\.shell|\.system|!|system|\\copy .* program)\s+(.*)$/i.exec(line)
    if (command)
      found.push(
        deny('option-runs', 'The database client runs a program.'),
        shell.runSource(command[1] ?? '', { stdin: noInput }),
      )
  }
  return worst(found)
}

const client: Judge = (call, shell) => {
  if (isHelp(call) || (call.args.length === 1 && call.args[0]?.text === '-V')) return allow()
  const texts = call.args.map((field) =>
    field.text.replace(/^(?:-c|-e|--command=|--execute=|--eval=)(?=.)/, ''),
  )
  const found = texts.map((text) => judgeText(text, shell))
  if (call.stdin.text !== undefined) found.push(judgeText(call.stdin.text, shell))
  return worst([askAbout('database', `${call.name} works on a database.`, { call, shell }), ...found])
}

const sqlite: Judge = (call, shell) => {
  if (isHelp(call) || (call.args.length === 1 && call.args[0]?.text === '-version')) return allow()
  const options = call.args.filter((field) => field.text.startsWith('-')).map((field) => field.text)
  const operands = call.args.filter((field) => !field.text.startsWith('-'))
  const [database, ...statements] = operands
  const inputs: readonly (string | undefined)[] = [
    ...statements.map((field: Field) => (field.unknown ? undefined : field.text)),
    ...(call.stdin.origin === 'none' ? [] : [call.stdin.text]),
  ]
  const judged = worst(
    inputs.map((text) =>
      text === undefined
        ? ask('database', 'The statement is only known when it runs.')
        : judgeText(text, shell),
    ),
  )
  const known = options.every((option) =>
    [
      '-readonly',
      '-header',
      '-column',
      '-json',
      '-csv',
      '-line',
      '-list',
      '-box',
      '-table',
      '-markdown',
      '-noheader',
      '-batch',
    ].includes(option),
  )
  const reads = inputs.length > 0 && inputs.every((text) => text !== undefined && readsOnly(text))
  const file = database ? readPath(database, shell) : ask('database', 'It names no database.')
  return worst([
    known && reads ? allow() : askAbout('database', 'It may change a database.', { call, shell }),
    judged,
    file,
  ])
}

const redisDestroys = new Set([
  'flushall',
  'flushdb',
  'shutdown',
  'debug',
  'config',
  'eval',
  'script',
  'slaveof',
  'replicaof',
  'module',
])
const redis: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const texts = [
    ...call.args.map((field) => field.text.toLowerCase()),
    ...(call.stdin.text?.toLowerCase().split(/\s+/) ?? []),
  ]
  if (call.args.length === 1 && texts[0] === 'ping') return allow()
  return texts.some((text) => redisDestroys.has(text))
    ? deny('destroys-data', 'It empties or takes over the store.')
    : askAbout('database', 'It works on a store.', { call, shell })
}

const mongoDestroys =
  /dropDatabase|\.drop\s*\(|deleteMany\s*\(|\.remove\s*\(|dropCollection|shutdownServer|\bdrop\b/
const mongo: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const texts = [...call.args.map((field) => field.text), call.stdin.text ?? '']
  return texts.some((text) => mongoDestroys.test(text))
    ? deny('destroys-data', 'It deletes data.')
    : askAbout('database', 'It works on a database.', { call, shell })
}

const always =
  (why: string): Judge =>
  (call) =>
    isHelp(call) ? allow() : deny('destroys-data', why)
const admin: Judge = (call: Call, shell) =>
  call.args.some((field) => /^(?:drop|shutdown|flush-.*|kill|password)$/.test(field.text))
    ? deny('destroys-data', 'It drops or stops the database.')
    : worst([ask('database', 'It works on a database.'), scanForSecrets(call.args, shell)])
const dump: Judge = (call, shell) =>
  isHelp(call) ? allow() : askAbout('database', 'It copies a database.', { call, shell })

export const databaseJudges: Readonly<Record<string, Judge>> = {
  psql: client,
  mysql: client,
  mariadb: client,
  sqlcmd: client,
  cqlsh: client,
  'clickhouse-client': client,
  duckdb: client,
  pgcli: client,
  sqlite3: sqlite,
  sqlite: sqlite,
  'redis-cli': redis,
  'valkey-cli': redis,
  mongo,
  mongosh: mongo,
  dropdb: always('It drops a database.'),
  dropuser: always('It drops a user.'),
  pg_isready: (call, shell) => {
    const at = call.args.findIndex((field) => field.text === '-h' || field.text === '--host')
    return (at < 0 || loopback.has(call.args[at + 1]?.text ?? '')) &&
      !call.args.some((field) => /^(?:--host=|-h.)/.test(field.text))
      ? tool({
          options: '-h= -p= -q -t= -U= --host= --port= --quiet --timeout= --username=',
          operands: 'none',
        })(call, shell)
      : askAbout('network', 'It contacts another machine.', { call, shell })
  },
  mysqladmin: admin,
  mongodump: dump,
  mongorestore: dump,
  pg_dump: dump,
  pg_dumpall: dump,
  pg_restore: dump,
  mysqldump: dump,
  createdb: dump,
}
