import type { AgentFactory } from '@ashlar/cli'
import { createAgent } from '@ashlar/core'
import { workspaceTools } from '@ashlar/workspace'
import { commandRules } from '../src/command-rules.ts'

const instructions = `You help in this folder with its files and with commands. Some commands are refused, and some wait
for a person: do not look for ways around that, say what you would have done.`

/** It brings no rules of its own: `plugins` hold those of whoever runs it. */
const helper: AgentFactory = ({ model, plugins, limits }) =>
  createAgent({
    name: 'helper',
    model: model.modelId === 'offline-rules' ? commandRules() : model,
    instructions,
    tools: workspaceTools({ root: '.', exec: {}, undo: true }),
    plugins,
    limits,
  })

export default helper
