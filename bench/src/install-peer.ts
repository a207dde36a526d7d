import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { complaint, runCommand } from '../../tooling/command.ts'
import type { SubjectEntry } from './subjects.ts'

/**
 * Installs a peer into its own git-ignored folder, without running install scripts.
 * @returns what went wrong, if anything
 */
export const installPeer = async ({ name, peerFolder }: SubjectEntry): Promise<string | undefined> => {
  if (peerFolder === undefined) return undefined
  const args = [
    'install',
    '--ignore-scripts',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const result = await runCommand('npm', args, { cwd: peerFolder })
  if (result.code === 0) return undefined
  rmSync(join(peerFolder, 'node_modules'), { recursive: true, force: true })
  return complaint(`npm install of ${name}`, result)
}
