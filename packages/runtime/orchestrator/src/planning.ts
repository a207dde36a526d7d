export { modelPlanner, type ModelPlannerOptions } from './model-planner.ts'
export {
  type Agents,
  describePlan,
  graphOf,
  type Plan,
  PlanError,
  type Planner,
  type PlanOptions,
  problemsOf,
  type TriedTask,
} from './plan.ts'
export { rulePlanner, type RulePlannerOptions } from './rule-planner.ts'
export { type PlanResult, runPlan, type RunPlanOptions } from './run-plan.ts'
export type { FailedGraph, ReplanOptions } from './run-replanned.ts'
