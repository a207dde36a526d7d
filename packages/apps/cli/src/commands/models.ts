import type { CommandDef } from 'citty'
import type { Terminal } from '../terminal.ts'
import { defineStrictCommand } from './define.ts'

/** `ashlar models` */
export const modelsCommand = (terminal: Terminal): CommandDef => ({
  meta: { name: 'models', description: 'List the models there are' },
  subCommands: {
    list: () =>
      defineStrictCommand({
        name: 'list',
        description: 'List what --model can be given here',
        args: {},
        run: async () => (await import('../list-models.ts')).listModels(terminal),
      }),
  },
})
