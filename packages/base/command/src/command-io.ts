import type { Agent, LanguageModel, Plugin } from '@ashlar/core'

/** Where a command writes: `process.stdout` fits. */
export interface CommandOutput {
  write(text: string): unknown
  /** A person reads it. */
  readonly isTTY?: boolean | undefined
  /** Width of the terminal in characters. */
  readonly columns?: number | undefined
  /** Height of the terminal in lines. */
  readonly rows?: number | undefined
}

/** Where a command reads from: `process.stdin` fits. */
export interface CommandInput extends AsyncIterable<Uint8Array | string> {
  /** A person types it. */
  readonly isTTY?: boolean | undefined
}

export interface LoadAgentOptions {
  /** A model, or its name as in `chooseModel`, for a file that exports a function. */
  readonly model?: string | LanguageModel | undefined
  /**
   * What the command wants around the model and the tools. The function that the file exports is given them, to put
   * last; a finished agent cannot have them, and is refused.
   */
  readonly plugins?: readonly Plugin[]
}

export interface ModelChoice {
  readonly model: LanguageModel
  /** Why this one, in a few words. */
  readonly reason: string
}

/** Everything that a command touches of the process it runs in. */
export interface CommandIo {
  readonly stdin: CommandInput
  /** The answer, and nothing else. */
  readonly stdout: CommandOutput
  /** Everything beside the answer. */
  readonly stderr: CommandOutput
  readonly env: Readonly<Record<string, string | undefined>>
  /** Paths in arguments are relative to this. */
  readonly cwd: string
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal
  /** The model named, or the one that the environment offers. @throws when it cannot be had */
  chooseModel(name?: string): Promise<ModelChoice>
  /** The agent in a file, or of that name in `./agents`. @throws when there is none */
  loadAgent(target: string, options?: LoadAgentOptions): Promise<Agent>
  /**
   * For a command that makes agents itself: what `loadAgent` puts around an agent – the permissions, limits and budgets of
   * the configuration, by the name of the agent that runs – with `inner` where it puts `plugins`. Put them last.
   * @throws when the configuration is wrong
   */
  agentPlugins(inner?: readonly Plugin[]): Promise<readonly Plugin[]>
}
