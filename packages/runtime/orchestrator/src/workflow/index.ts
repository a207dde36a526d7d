export { type EventType, eventType, type WorkflowEvent } from './workflow-event.ts'
export {
  createWorkflow,
  type RunWorkflowOptions,
  step,
  type StepContext,
  type StepOptions,
  type StepOutput,
  type Workflow,
  WorkflowError,
  type WorkflowOptions,
  type WorkflowProgress,
  type WorkflowRun,
  type WorkflowStep,
} from './workflow.ts'
