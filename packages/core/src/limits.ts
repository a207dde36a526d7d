/** What a run may do before it is ended or told off. `Infinity` lifts a limit. */
export interface Limits {
  /** Model calls a run; then it ends as `steps`. @default 20 */
  readonly steps?: number
  /** Input and output tokens of the run together; then it ends as `tokens`. @default Infinity */
  readonly tokens?: number
  /** Tool calls of one turn that are run; the rest are answered with an error. @default 16 */
  readonly callsPerTurn?: number
  /** Tool calls at the same time. @default 8 */
  readonly parallelCalls?: number
  /** Milliseconds a tool may take unless it says otherwise. @default 60_000 */
  readonly toolTimeoutMs?: number
  /** The same call with the same result this often ends the run as `doom-loop`. @default 3 */
  readonly repeats?: number
}
