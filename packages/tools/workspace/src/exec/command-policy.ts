/** What a policy says of a command: it runs, a person decides, it never runs. */
export interface CommandVerdict {
  readonly verdict: 'allow' | 'ask' | 'deny'
  /** The name of the rule that decided. */
  readonly rule: string
  /** One sentence for a person. */
  readonly why: string
}

/** Decides about a command: a line for a shell, or an argv that no shell sees. `createCommandPolicy()` of `@ashlar/safety` makes one. */
export type CommandPolicy = (
  command: string | readonly string[],
  context: { readonly cwd: string; readonly root?: string },
) => CommandVerdict | Promise<CommandVerdict>

/** Used where no policy is given: a person decides about every command. */
export const noPolicy: CommandVerdict = {
  verdict: 'ask',
  rule: 'no-policy',
  why: 'no command policy was given',
}
