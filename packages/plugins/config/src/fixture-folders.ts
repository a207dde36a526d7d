import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A user's folder and a project, in a temporary folder of their own. */
export interface Folders {
  readonly root: string
  readonly user: string
  readonly project: string
  readonly env: Record<string, string>
  /** What `loadConfig` takes to stay inside of them. */
  readonly options: {
    readonly cwd: string
    readonly userFolder: string
    readonly env: Record<string, string>
  }
  /** Writes a file below the root, and tells its path. */
  readonly write: (path: string, content: string | Uint8Array) => Promise<string>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Makes them; the project is a repository. */
export const createFolders = async (): Promise<Folders> => {
  const root = await mkdtemp(join(tmpdir(), 'ashlar-config-'))
  const [user, project] = [join(root, 'home/ashlar'), join(root, 'project')]
  await mkdir(join(project, '.git'), { recursive: true })
  await mkdir(user, { recursive: true })
  const env = { PATH: process.env['PATH'] ?? '', XDG_CONFIG_HOME: join(root, 'home') }
  return {
    root,
    user,
    project,
    env,
    options: { cwd: project, userFolder: user, env },
    write: async (path, content) => {
      const file = join(root, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content)
      return file
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}
