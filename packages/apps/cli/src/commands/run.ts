import type { CommandDef } from 'citty'
import type { Terminal } from '../terminal.ts'
import { defineStrictCommand, guardArguments, guardsOf, modelArgument, yesArgument } from './define.ts'

/** `ashlar run` */
export const runCommand = (terminal: Terminal): CommandDef =>
  defineStrictCommand({
    name: 'run',
    description: 'Run an agent once',
    takesMore: true,
    args: {
      agent: {
        type: 'positional',
        description: 'A .ts, .js or .mjs file, or a name in ./agents',
        required: true,
      },
      input: { type: 'positional', description: 'What to ask; else stdin', required: false },
      model: modelArgument,
      json: { type: 'boolean', description: 'Every event as one line of JSON' },
      yes: yesArgument,
      ...guardArguments,
    },
    run: async ({ agent, model, json, yes, mode, yolo, redact, _: [, ...words] }) => {
      const guards = guardsOf({ mode, yolo, redact })
      const { runAgent } = await import('../run-agent.ts')
      const input = words.length > 0 ? words.join(' ') : undefined
      await runAgent(agent, { terminal, input, model, json: json === true, yes: yes === true, ...guards })
    },
  })
