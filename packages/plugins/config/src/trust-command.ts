import { basename, resolve } from 'node:path'
import { type Command, type CommandIo, defineCommand, exitCode, printable, table } from '@ashlar/command'
import { extensions, filesIn, projectFolders, userFolderOf } from './find-files.ts'
import { openTrust } from './trust.ts'

const expectedName = `a file named *.config.{${extensions.join(',')}}`

const isConfigFile = (file: string): boolean =>
  extensions.some((extension) => basename(file).endsWith(`.config.${extension}`))

const projectFile = async (cwd: string): Promise<string | undefined> => {
  for (const folder of await projectFolders(cwd)) {
    const [file] = await filesIn(folder, 'ashlar.config')
    if (file !== undefined) return file
  }
  return undefined
}

const list = async (io: CommandIo, folder: string): Promise<number> => {
  const trusted = await openTrust(folder).list()
  io.stdout.write(
    table(
      trusted.map(({ file, hash, at }) => [file, hash.slice(0, 12), at]),
      { cellWidth: 500 },
    ),
  )
  return exitCode.ok
}

/** `ashlar config trust`: lets a project's file run programs. */
export const trustCommand: Command = defineCommand({
  name: 'ashlar config trust',
  summary: "Let a project's file be run, and run commands, as it is now",
  positionals: { usage: '[file]', min: 0, max: 1 },
  options: {
    list: { type: 'boolean', description: 'Print what is trusted' },
    revoke: { type: 'boolean', description: 'Trust it no longer' },
  },
  details:
    'Without a file: that of the project. Read it first. When it changes it needs your trust again; what a .ts or .js\nfile imports is trusted along with it.',
  run: async ({ values, positionals: [given] }, io) => {
    const folder = userFolderOf('ashlar', io.env)
    if (values.list) return list(io, folder)
    const file = given === undefined ? await projectFile(io.cwd) : resolve(io.cwd, given)
    if (file === undefined) {
      io.stderr.write('ashlar config trust: there is no ashlar.config.* in this project\n')
      return exitCode.failed
    }
    const trust = openTrust(folder)
    if (!values.revoke && !isConfigFile(file)) {
      io.stderr.write(
        `ashlar config trust: ${printable(file)} is no configuration: expected ${expectedName}\n`,
      )
      return exitCode.usage
    }
    if (values.revoke) {
      const was = await trust.remove(file)
      io.stdout.write(`${printable(file)} ${was ? 'is trusted no longer' : 'was not trusted'}\n`)
      return exitCode.ok
    }
    const entry = await trust.add(file)
    io.stdout.write(`trusted ${printable(entry.file)} (sha256 ${entry.hash.slice(0, 12)})\n`)
    return exitCode.ok
  },
})
