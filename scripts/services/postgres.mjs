import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execute, findProgram, unpackDebian, unpackedEnvironment } from './programs.mjs'

const binFolder = 'usr/lib/postgresql/*/bin'

/** PostgreSQL refuses to run as root: its own user where there is one, else the one that owns nothing. */
const account = async () => {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map((flag) => execute('id', [flag, name]).catch(() => '')),
    )
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('PostgreSQL must not run as root, and there is no user `postgres` or `nobody`')
}

/** PostgreSQL with the user and database `ashlar`, no password: it listens on loopback only. */
export const postgres = {
  name: 'postgres',
  variable: 'ASHLAR_POSTGRES_URL',
  url: (port) => `postgres://ashlar@127.0.0.1:${port}/ashlar`,
  account,
  async obtain() {
    const installed = findProgram('initdb', [`/${binFolder}`])
    if (installed && existsSync(join(dirname(installed), 'postgres')))
      return { bin: dirname(installed), env: process.env }
    const folder = await unpackDebian('postgresql')
    const bin = dirname(findProgram('initdb', [join(folder, binFolder)]))
    return { bin, env: unpackedEnvironment(folder) }
  },
  async prepare({ program, folder, port, owner }) {
    const data = join(folder, 'data')
    const options = { env: program.env, cwd: folder, ...owner }
    const flags = ['--username=ashlar', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync']
    await execute(join(program.bin, 'initdb'), [...flags, '-D', data], options)
    const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'fsync=off']
    return {
      command: join(program.bin, 'postgres'),
      args: ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
      options,
    }
  },
  async isReady({ program, port }) {
    // Until the server answers, and from then on until the database is there.
    const to = ['-h', '127.0.0.1', '-p', String(port), '-U', 'ashlar']
    const run = (tool, args) =>
      execute(join(program.bin, tool), [...to, ...args], { env: program.env, timeout: 5000 })
    try {
      const found = await run('psql', [
        '-d',
        'postgres',
        '-Atc',
        "select 1 from pg_database where datname = 'ashlar'",
      ])
      if (!found.trim()) await run('createdb', ['ashlar'])
      return true
    } catch {
      return false
    }
  },
}
