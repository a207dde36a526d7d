export { defineGraph, type Graph } from './define-graph.ts'
export { InvalidGraph, RunCancelled, TaskTimeout } from './graph-errors.ts'
export type { GraphEvent, GraphResult, GraphRun, RunGraphOptions, TaskContext, Work } from './graph-run.ts'
export { type CriticalPath, criticalPathOf, levelsOf } from './graph-shape.ts'
export { runGraph } from './run-graph.ts'
export type { RetryPolicy, Task, TaskOutcome, TaskState, TriggerRule } from './task.ts'
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
