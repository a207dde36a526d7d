import {
  acceptedContent,
  createRequestStateCodec,
  inputRequired,
  type InputRequests,
  inputResponse,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server'

const state = createRequestStateCodec<{ round: number }>({
  key: 'a key of the fixture, at least 32 bytes long',
})

/** Checks what the client sends back before any handler sees it. */
export const verifyState: RequestStateCodec['verify'] = state.verify

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })

const about = (what: string) => ({ description: `A tool of the suite that ${what}` })

const ask = (message: string, property: string, type: 'string' | 'boolean' = 'string') => {
  const field = type === 'string' ? { type: 'string' as const } : { type: 'boolean' as const }
  const properties = { [property]: field }
  return inputRequired.elicit({
    message,
    requestedSchema: { type: 'object', properties, required: [property] },
  })
}

const question = inputRequired.createMessage({
  messages: [{ role: 'user', content: { type: 'text', text: 'What is the capital of France?' } }],
  maxTokens: 100,
})

const registerOneRound = (server: McpServer): void => {
  server.registerTool('test_input_required_result_elicitation', about('asks the client'), ({ mcpReq }) => {
    const answer = acceptedContent(mcpReq.inputResponses, 'user_name')
    if (typeof answer?.['name'] === 'string') return text(`Hello, ${answer['name']}!`)
    return inputRequired({ inputRequests: { user_name: ask('What is your name?', 'name') } })
  })
  server.registerTool('test_input_required_result_sampling', about('asks the client'), ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, 'capital_question')
    if (answer.kind === 'sampling') return text(JSON.stringify(answer.result.content))
    return inputRequired({ inputRequests: { capital_question: question } })
  })
  server.registerTool('test_input_required_result_list_roots', about('asks the client'), ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, 'client_roots')
    if (answer.kind === 'roots') return text(answer.roots.map(({ uri }) => uri).join(' '))
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } })
  })
  server.registerTool('test_streaming_elicitation', about('asks the client'), ({ mcpReq }) => {
    if (acceptedContent(mcpReq.inputResponses, 'user_name')) return text('thanks')
    return inputRequired({ inputRequests: { user_name: ask('What is your name?', 'name') } })
  })
}

const confirm = async (context: ServerContext, word: string) => {
  const { mcpReq } = context
  const isEchoed = mcpReq.requestState() !== undefined
  if (isEchoed && acceptedContent(mcpReq.inputResponses, 'confirm')) return text(word)
  const requestState = await state.mint({ round: 1 })
  return inputRequired({ inputRequests: { confirm: ask('Please confirm', 'ok', 'boolean') }, requestState })
}

const registerWithState = (server: McpServer): void => {
  server.registerTool('test_input_required_result_request_state', about('asks the client'), (context) =>
    confirm(context, 'state-ok'),
  )
  server.registerTool('test_input_required_result_tampered_state', about('asks the client'), (context) =>
    confirm(context, 'untouched'),
  )
  server.registerTool(
    'test_input_required_result_multiple_inputs',
    about('asks the client'),
    async ({ mcpReq }) => {
      const { inputResponses } = mcpReq
      const kinds = ['user_name', 'greeting', 'client_roots'].map(
        (key) => inputResponse(inputResponses, key).kind,
      )
      if (!kinds.includes('missing')) return text('all there')
      return inputRequired({
        inputRequests: {
          user_name: ask('What is your name?', 'name'),
          greeting: question,
          client_roots: inputRequired.listRoots(),
        },
        requestState: await state.mint({ round: 1 }),
      })
    },
  )
  server.registerTool(
    'test_input_required_result_multi_round',
    about('asks the client'),
    async ({ mcpReq }) => {
      const round = mcpReq.requestState<{ round: number }>()?.round ?? 0
      const { inputResponses } = mcpReq
      if (round === 2 && acceptedContent(inputResponses, 'step2')) return text('both answered')
      if (round === 1 && acceptedContent(inputResponses, 'step1'))
        return inputRequired({
          inputRequests: { step2: ask('Step 2: What is your favourite colour?', 'color') },
          requestState: await state.mint({ round: 2 }),
        })
      return inputRequired({
        inputRequests: { step1: ask('Step 1: What is your name?', 'name') },
        requestState: await state.mint({ round: 1 }),
      })
    },
  )
}

const registerByCapability = (server: McpServer): void => {
  const able = () => server.server.getClientCapabilities() ?? {}
  server.registerTool('test_input_required_result_capabilities', about('asks the client'), () => {
    const inputRequests: InputRequests = {
      ...(able().sampling && { capital_question: question }),
      ...(able().elicitation && { user_name: ask('What is your name?', 'name') }),
      ...(able().roots && { client_roots: inputRequired.listRoots() }),
    }
    return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : text('nothing to ask')
  })
  server.registerTool('test_missing_capability', about('asks the client'), () => {
    if (able().sampling) return text('the client can sample')
    return inputRequired({ inputRequests: { capital_question: question } })
  })
}

/** Tools and a prompt that need an answer from the client before they can finish. */
export const registerAskingTools = (server: McpServer): void => {
  registerOneRound(server)
  registerWithState(server)
  registerByCapability(server)
  server.registerPrompt('test_input_required_result_prompt', about('asks the client'), ({ mcpReq }) => {
    const answer = acceptedContent(mcpReq.inputResponses, 'user_context')
    if (!answer)
      return inputRequired({
        inputRequests: { user_context: ask('What context should the prompt use?', 'context') },
      })
    const content = { type: 'text' as const, text: `Use this context: ${String(answer['context'])}` }
    return { messages: [{ role: 'user', content }] }
  })
}
