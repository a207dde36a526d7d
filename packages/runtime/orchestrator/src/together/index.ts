export type { AgentMessage } from './agent-message.ts'
export { type Barrier, createBarrier } from './barrier.ts'
export {
  createLifecycle,
  type Lifecycle,
  type LifecycleActions,
  LifecycleError,
  type LifecycleEvent,
  type LifecycleListener,
  type LifecycleState,
} from './lifecycle.ts'
export { createMessenger, type Messenger, type MessengerOptions, type SendOptions } from './messenger.ts'
export { createQueue, type Queue } from './queue.ts'
export {
  type Candidate,
  createSelector,
  type SelectionStrategy,
  type Selector,
  type SelectOptions,
} from './select-agent.ts'
export { createSemaphore, type Semaphore } from './semaphore.ts'
export { createSharedState, type SharedState } from './shared-state.ts'
