import type { Judge } from '../shell.ts'
import { builtinJudges } from './builtins.ts'
import { cloudJudges } from './cloud.ts'
import { databaseJudges } from './databases.ts'
import { fileJudges } from './files.ts'
import { gitJudges } from './git.ts'
import { interpreterJudges } from './interpreters.ts'
import { outputJudges } from './known-output.ts'
import { networkJudges } from './network.ts'
import { nodePrograms } from './node-programs.ts'
import { nodeJudges } from './node-tools.ts'
import { pythonJudges } from './python.ts'
import { scriptedTextJudges } from './scripted-text.ts'
import { searchJudges } from './search.ts'
import { shellJudges } from './shells.ts'
import { systemJudges } from './system.ts'
import { textJudges } from './text.ts'
import { toolchainJudges } from './toolchains.ts'
import { wrapperJudges } from './wrappers.ts'

/** Every command the policy knows, by the name it is called. */
export const commandJudges: ReadonlyMap<string, Judge> = new Map([
  ...nodePrograms,
  ...Object.entries({
    ...textJudges,
    ...searchJudges,
    ...scriptedTextJudges,
    ...fileJudges,
    ...outputJudges,
    ...builtinJudges,
    ...shellJudges,
    ...wrapperJudges,
    ...interpreterJudges,
    ...gitJudges,
    ...nodeJudges,
    ...pythonJudges,
    ...toolchainJudges,
    ...networkJudges,
    ...systemJudges,
    ...cloudJudges,
    ...databaseJudges,
  }),
])
