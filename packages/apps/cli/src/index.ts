export { chooseModel, type ChooseModelOptions, type ChosenModel, describeChoice } from './choose-model.ts'
export { CommandError } from './exit-code.ts'
export { findOllama, type FindOllamaOptions, type OllamaServer } from './find-ollama.ts'
export type { AgentFactory } from './load-agent.ts'
