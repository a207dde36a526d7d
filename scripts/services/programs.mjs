import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** The engine's program is not on this machine and cannot be fetched: says how to get it. */
export class Unavailable extends Error {}

const exec = promisify(execFile)

/**
 * Runs a program to its end; rejects with its last words. Bounded: `timeout` milliseconds, five minutes by default.
 */
export const execute = async (command, args, options = {}) => {
  try {
    return (await exec(command, args, { timeout: 300_000, maxBuffer: 1 << 26, ...options })).stdout
  } catch (error) {
    const words = `${error.stderr ?? ''}`.trim() || `${error.stdout ?? ''}`.trim() || error.message
    throw new Error(`${command}: ${words.slice(-800)}`, { cause: error })
  }
}

/** Where fetched programs are kept between runs. Root's own folder is closed to the user that PostgreSQL runs as. */
const cacheFolder = () =>
  join(
    process.env.XDG_CACHE_HOME || (process.getuid?.() === 0 ? '/var/cache' : join(homedir(), '.cache')),
    'ashlar-services',
  )

/** The path of a program: in one of the given folders (which may hold `*`), else on the PATH. */
export const findProgram = (name, folders = []) =>
  [
    ...folders.flatMap((folder) => globSync(folder).toSorted().toReversed()),
    ...process.env.PATH.split(delimiter),
  ]
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))

/** Fills the folder `name` of the cache once: what `fill` leaves half done is never taken for whole. */
export const cached = async (name, fill) => {
  const folder = join(cacheFolder(), name)
  if (existsSync(folder)) return folder
  const partial = `${folder}.${process.pid}`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  try {
    await fill(partial)
    renameSync(partial, folder)
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

/**
 * Unpacks a Debian package, with what it needs beyond this machine's packages, into the cache. Installs nothing, and
 * needs no rights: apt keeps its lists in the cache as well.
 */
export const unpackDebian = (name) =>
  cached(`debian-${name}`, async (folder) => {
    if (!findProgram('apt-get') || !findProgram('dpkg'))
      throw new Unavailable('needs apt-get and dpkg (Debian, Ubuntu)')
    const state = join(folder, 'apt')
    for (const part of ['lists/partial', 'archives/partial'])
      mkdirSync(join(state, part), { recursive: true })
    const settings = [
      `Dir::State::lists=${join(state, 'lists')}`,
      `Dir::Cache=${state}`,
      `Dir::Cache::archives=${join(state, 'archives')}`,
      'Debug::NoLocking=true',
      'APT::Sandbox::User=',
    ].flatMap((setting) => ['-o', setting])
    try {
      await execute('apt-get', ['-qq', ...settings, 'update'])
      const flags = ['-qq', '--yes', '--no-install-recommends', '--download-only']
      await execute('apt-get', [...flags, ...settings, 'install', name])
    } catch (error) {
      throw new Unavailable(error.message, { cause: error })
    }
    for (const file of globSync(join(state, 'archives', '*.deb'))) await execute('dpkg', ['-x', file, folder])
    rmSync(state, { recursive: true })
  })

/** The environment in which a program unpacked into `folder` finds its libraries. */
export const unpackedEnvironment = (folder) => ({
  ...process.env,
  LD_LIBRARY_PATH: globSync(join(folder, 'usr/lib/*-linux-*')).join(delimiter),
})
