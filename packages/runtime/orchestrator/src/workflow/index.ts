export { type EventType, eventType, type WorkflowEvent } from './workflow-event.ts'
export { WorkflowError } from './workflow-error.ts'
export type { RunWorkflowOptions, WorkflowProgress, WorkflowRun } from './workflow-run.ts'
export {
  step,
  type StepContext,
  type StepOptions,
  type StepOutput,
  type WorkflowStep,
} from './workflow-step.ts'
export { createWorkflow, type Workflow, type WorkflowOptions } from './workflow.ts'
