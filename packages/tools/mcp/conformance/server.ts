import { createMcpServer, type Listening } from '../src/server/index.ts'
import { registerAskingTools, verifyState } from './asking-tools.ts'
import { plainTools } from './plain-tools.ts'
import { registerPrompts } from './prompts.ts'
import { registerResources } from './resources.ts'
import { registerSessionTools } from './session-tools.ts'

/** The tools, prompts and resources that the conformance suite looks for, served by our server. */
export const startConformanceServer = async (port = 0): Promise<Listening> => {
  const server = createMcpServer({
    name: 'ashlar-conformance',
    version: '1.0.0',
    tools: plainTools,
    settings: {
      capabilities: { logging: {}, completions: {}, resources: { subscribe: true } },
      requestState: { verify: verifyState },
    },
    extend: (sdk, { era }) => {
      registerResources(sdk)
      registerPrompts(sdk)
      registerSessionTools(sdk)
      registerAskingTools(sdk)
      if (era === 'legacy') sdk.server.setRequestHandler('logging/setLevel', () => ({}))
      const done = { content: [{ type: 'text' as const, text: 'told' }] }
      sdk.registerTool('test_trigger_tool_change', { description: 'Says that the tools changed' }, () => {
        listening.notify.toolsChanged()
        return done
      })
      sdk.registerTool('test_trigger_prompt_change', { description: 'Says that the prompts changed' }, () => {
        listening.notify.promptsChanged()
        return done
      })
    },
  })
  const listening = await server.listen({ port })
  return listening
}
