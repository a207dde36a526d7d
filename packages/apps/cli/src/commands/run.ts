import type { CommandDef } from 'citty'
import { CommandError } from '../exit-code.ts'
import type { RunTarget } from '../run-agent.ts'
import type { Terminal } from '../terminal.ts'
import { defineStrictCommand, guardArguments, guardsOf, modelArgument, yesArgument } from './define.ts'

/** @throws CommandError when there is neither a file nor tools, or both */
const targetOf = ({
  agent,
  tools,
}: {
  readonly agent: string | undefined
  readonly tools: string | undefined
}): RunTarget => {
  if (tools === undefined && agent !== undefined) return agent
  if (tools === undefined)
    throw new CommandError('usage', 'Missing required positional argument: AGENT (or --tools)')
  if (agent !== undefined && /^\S+\.m?[jt]s$/.test(agent))
    throw new CommandError('usage', `--tools is for an agent without a file: ${agent} brings its own`)
  return {
    tools: tools
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  }
}

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
        required: false,
      },
      input: { type: 'positional', description: 'What to ask; else stdin', required: false },
      model: modelArgument,
      tools: {
        type: 'string',
        description: 'No file: the model with these tools on this folder (readFile,grep,…)',
        valueHint: 'names',
      },
      json: { type: 'boolean', description: 'Every event as one line of JSON' },
      yes: yesArgument,
      ...guardArguments,
    },
    run: async ({ agent, model, tools, json, yes, mode, yolo, redact, _: words }) => {
      const guards = guardsOf({ mode, yolo, redact })
      const target = targetOf({ agent, tools })
      const rest = typeof target === 'string' ? words.slice(1) : words
      const { runAgent } = await import('../run-agent.ts')
      const input = rest.length > 0 ? rest.join(' ') : undefined
      await runAgent(target, { terminal, input, model, json: json === true, yes: yes === true, ...guards })
    },
  })
