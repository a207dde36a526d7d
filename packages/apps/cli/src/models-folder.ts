import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Terminal } from './terminal.ts'

/** Where `models pull` puts files: `ashlar/models` in the user's cache, as the platform has it. */
export const modelsFolder = (env: Terminal['env']): string => {
  const cache = env['XDG_CACHE_HOME'] || env['LOCALAPPDATA'] || join(env['HOME'] || homedir(), '.cache')
  return join(cache, 'ashlar', 'models')
}
