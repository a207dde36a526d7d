/** How a command ends, for scripts. */
export const exitCode = {
  ok: 0,
  /** It could not do, or found wrong, what it was asked for. */
  failed: 1,
  /** Wrong arguments: nothing was started. */
  usage: 2,
  interrupted: 130,
} as const
