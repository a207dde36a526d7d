import { type CommandDef, defineCommand } from 'citty'
import { CommandError, type exitCode } from '../exit-code.ts'
import { type Terminal, untilInterrupted } from '../terminal.ts'

const endings: Readonly<Record<number, keyof typeof exitCode>> = { 2: 'usage', 130: 'interrupted' }

/** `ashlar tokens`: the command of `@ashlar/tokens`, which reads its own arguments and says what is wrong itself. */
export const tokensCommand = (terminal: Terminal): CommandDef =>
  defineCommand({
    meta: { name: 'tokens', description: 'Count the tokens of a text' },
    run: async ({ rawArgs }) => {
      const { tokensCommand: count } = await import('@ashlar/tokens/cli')
      const { stdin, stdout, stderr } = terminal
      const code = await untilInterrupted(terminal, (signal) =>
        count(rawArgs, { stdin, stdout, stderr, signal }),
      )
      if (code !== 0) throw new CommandError(endings[code] ?? 'failed', '')
    },
  })
