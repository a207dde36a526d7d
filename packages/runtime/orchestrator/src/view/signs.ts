import type { NodeState, RunView } from './run-node.ts'

/** A sign for each state of a node or a run, so that nothing depends on colour. */
export const signs: Readonly<Record<NodeState | RunView['state'], string>> = {
  pending: '·',
  running: '▶',
  retrying: '↻',
  done: '✓',
  failed: '✗',
  unknown: '?',
  skipped: '–',
  upstream_failed: '⊘',
  cancelled: '■',
  aborted: '■',
  cancelling: '■',
  queued: '·',
  interrupted: '‖',
  paused: '‖',
}
