import type { CommandDef } from 'citty'
import type { Terminal } from '../terminal.ts'
import { defineStrictCommand } from './define.ts'

/** `ashlar models` */
export const modelsCommand = (terminal: Terminal): CommandDef => ({
  meta: { name: 'models', description: 'List the models there are, fetch a local one' },
  subCommands: {
    list: () =>
      defineStrictCommand({
        name: 'list',
        description: 'List what --model can be given here',
        args: {},
        run: async () => (await import('../list-models.ts')).listModels(terminal),
      }),
    pull: () =>
      defineStrictCommand({
        name: 'pull',
        description: 'Fetch a GGUF file',
        args: {
          model: {
            type: 'positional',
            description: 'A URL, or hf:owner/repository/file.gguf',
            required: true,
          },
          to: { type: 'string', description: 'A folder, or the name of the file', valueHint: 'path' },
          sha256: { type: 'string', description: 'What the file has to hash to', valueHint: 'hex' },
        },
        run: async ({ model, to, sha256 }) =>
          (await import('../pull.ts')).pull(model, { terminal, to, sha256 }),
      }),
  },
})
