export { createAgentExecutor } from './agent-executor.ts'
export { type AgentGraphTask, agentWork } from './agent-work.ts'
export { ExecutionFailed } from './execution-failed.ts'
export type {
  AgentTask,
  ErrorInfo,
  ExecutedToolCall,
  ExecutionContext,
  ExecutionResult,
} from './execution.ts'
export type { AgentExecutor, AgentExecutorConfig, AgentProfile, ExecuteOptions } from './executor-config.ts'
export { contextWindow, fitWindow, type FitWindowOptions } from './fit-window.ts'
