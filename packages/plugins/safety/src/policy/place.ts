/** One place an argument may name, with links followed and without. */
export interface Place {
  /** Without `.` and `..`, links not followed. */
  readonly path: string
  /** With every link followed as far as the path exists. */
  readonly real: string
  readonly inside: boolean
}
