import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the program keeps what it writes down: `$XDG_STATE_HOME/ashlar`, or `~/.local/state/ashlar`. */
export const stateFolder = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local/state'), 'ashlar')
