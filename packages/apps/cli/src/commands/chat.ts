import type { CommandDef } from 'citty'
import { CommandError } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
import { defineStrictCommand, guardArguments, guardsOf, modelArgument, yesArgument } from './define.ts'

/** `ashlar chat` */
export const chatCommand = (terminal: Terminal): CommandDef =>
  defineStrictCommand({
    name: 'chat',
    description: 'Talk to an agent, or to a model',
    takesMore: true,
    args: {
      agent: { type: 'positional', description: 'A file or a name; else the model alone', required: false },
      model: modelArgument,
      yes: yesArgument,
      ...guardArguments,
    },
    run: async ({ agent, model, yes, mode, yolo, redact, _ }) => {
      const guards = guardsOf({ mode, yolo, redact })
      if (_.length > 1)
        throw new CommandError('usage', `Unexpected argument "${_[1]}": chat reads what you type`)
      const { chat } = await import('../chat.ts')
      await chat({ terminal, target: agent, model, yes: yes === true, ...guards })
    },
  })
