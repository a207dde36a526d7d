/** What may become of a call. */
export type PermissionVerdict = 'allow' | 'ask' | 'deny'

/** One glob, or several of which one must match: `*` any characters, `?` one, `[a-z]` one of these, `\` takes them literally. */
export type Globs = string | readonly string[]

/** A rule about calls of tools: plain JSON. */
export interface PermissionRule {
  readonly verdict: PermissionVerdict
  /** Names of tools, as `workspace.*`. */
  readonly tool: Globs
  /** Names of agents. @default all */
  readonly agent?: Globs
  /**
   * Fields of the input by path, as `command`, `options.path`, `files.*` (each). A list of texts is read as its items
   * with a space between. All fields must match. An `allow` rule needs every value of a field to match, others need one.
   */
  readonly input?: Readonly<Record<string, Globs>>
  /**
   * `safe`: in an `allow` rule, wildcards match no control characters, none of the shell's operators
   * (`` ; & | < > ( ) { } $ ` ``) and no `..` in a path, so that `git *` does not allow `git status; rm -rf .`.
   * A pattern that is only `*` matches anything.
   * @default 'safe'
   */
  readonly wildcards?: 'safe' | 'any'
  /** Shown to the person who is asked and to the model. */
  readonly why?: string
}

/** A call as rules see it. */
export interface PermissionCall {
  readonly tool: string
  readonly input?: unknown
  readonly agent?: string
  /** Changes nothing, by the tool's annotations. @default false */
  readonly readOnly?: boolean
}

/** What becomes of a call, and why. */
export interface PermissionDecision {
  readonly verdict: PermissionVerdict
  /** The rule that decided: `rules[2]`, `yolo.rules[0]`, `mode:plan`, `default:read-only`, … */
  readonly rule: string
  readonly why: string
}
