import { agentBuilder, type Agent, type LanguageModel, type Plugin, type Tools } from './index.ts'

declare const model: LanguageModel
declare const plugin: Plugin
declare const tools: Tools

agentBuilder().model(model).build() satisfies Agent
agentBuilder().tools(tools).mcp(tools).model(model).use(plugin).memory(plugin).build() satisfies Agent
agentBuilder()
  .model(model)
  .db(plugin)
  .vectorDb(plugin)
  .knowledgeBase(plugin)
  .metadata({ name: 'a', description: 'b' })
  .config({ limits: { steps: 3 }, settings: { temperature: 0 }, stopWhen: () => true })
  .build() satisfies Agent

// @ts-expect-error there is no model
agentBuilder().build()
// @ts-expect-error no other verb brings one
agentBuilder().instructions('x').tools(tools).use(plugin).metadata({}).config({}).build()
// @ts-expect-error a model is an object
agentBuilder().model('gpt-5')
// @ts-expect-error not a key of metadata
agentBuilder().metadata({ nme: 'a' })
// @ts-expect-error not a limit
agentBuilder().config({ limits: { turns: 3 } })
// @ts-expect-error tools are not plugins
agentBuilder().use(tools)
