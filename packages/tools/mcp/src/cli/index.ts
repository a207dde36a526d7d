import { type Command, commandGroup } from '@ashlar/command'
import { bridgeCommand } from './bridge-command.ts'
import { callCommand } from './call-command.ts'
import { listCommand } from './list-command.ts'
import { pinCommand } from './pin-command.ts'
import { serveCommand } from './serve-command.ts'
import { toolsCommand } from './tools-command.ts'

/** `ashlar mcp` */
export const mcpCommand: Command = commandGroup({
  name: 'ashlar mcp',
  summary: 'Servers of the Model Context Protocol: list them, call their tools, serve your own',
  commands: {
    list: listCommand,
    tools: toolsCommand,
    call: callCommand,
    pin: pinCommand,
    serve: serveCommand,
    bridge: bridgeCommand,
  },
})
