import { type Agent, createAgent, type Message, RunAborted, type RunResult, userText } from '@ashlar/core'
import { describeError } from './describe-error.ts'
import { CommandError } from './exit-code.ts'
import { approveAll, followRun, type FollowOptions } from './follow-run.ts'
import { askApprovals, createLineReader, type LineReader } from './line-reader.ts'
import { equipAgent } from './equip-agent.ts'
import type { GuardOptions } from './guards.ts'
import { loadAgent } from './load-agent.ts'
import { createTextView, describeUsage, shortfallOf } from './run-view.ts'
import { isInteractive, paint, type Terminal } from './terminal.ts'

export interface ChatOptions extends GuardOptions {
  readonly terminal: Terminal
  /** The file or name of an agent. @default the model alone */
  readonly target?: string | undefined
  readonly model?: string | undefined
  /** Approves every pending call. @default false */
  readonly yes?: boolean
}

/** The model alone, as the agent `chat`. */
const plainAgent = (options: ChatOptions): Promise<Agent> =>
  equipAgent({ create: (parts) => createAgent({ name: 'chat', ...parts }), section: 'chat' }, options)

/** Ctrl-C: once aborts the answer that is being given, twice leaves. */
const createInterrupts = (onLeave: () => void, onWarn: () => void) => {
  let answer: AbortController | undefined
  let warned = false
  return {
    interrupt: (): void => {
      if (warned) return onLeave()
      warned = true
      if (answer) answer.abort(new DOMException('interrupted', 'AbortError'))
      else onWarn()
    },
    /** A line was typed, or a new answer begins: the next Ctrl-C is the first again. */
    begin: (): AbortSignal => {
      warned = false
      answer = new AbortController()
      return answer.signal
    },
    end: (): void => {
      answer = undefined
      warned = false
    },
  }
}

interface Conversation extends Pick<FollowOptions, 'decide'> {
  readonly agent: Agent
  readonly terminal: Terminal
}

/** Gives one answer and returns the transcript after it; a failure keeps the one before. */
const answer = async (
  { agent, terminal, decide }: Conversation,
  messages: readonly Message[],
  signal: AbortSignal,
): Promise<RunResult | { readonly messages: readonly Message[]; readonly failed: boolean }> => {
  const { stderr } = terminal
  try {
    const result = await followRun(agent, { messages }, { view: createTextView(terminal), signal, decide })
    stderr.write(`${paint(stderr, 'dim', describeUsage(result.usage, result.steps))}\n`)
    const shortfall = shortfallOf(result)
    if (shortfall) stderr.write(`${paint(stderr, 'yellow', shortfall)}\n`)
    return result
  } catch (error) {
    const aborted = RunAborted.isInstance(error)
    stderr.write(
      aborted
        ? `${paint(stderr, 'yellow', 'Interrupted')}\n`
        : `${paint(stderr, 'red', 'Error:')} ${describeError(error)}\n`,
    )
    return { messages: aborted ? error.messages : messages.slice(0, -1), failed: !aborted }
  }
}

const help = '/exit leaves, /clear starts anew, Ctrl-C stops an answer'

/** Talks until the input ends. @throws CommandError when a pipe's run fails or pauses, or on a second Ctrl-C */
export const chat = async (options: ChatOptions): Promise<void> => {
  const { terminal, target, yes = false } = options
  const agent =
    target === undefined
      ? await plainAgent(options)
      : await equipAgent(await loadAgent(target, terminal), options)
  const interactive = isInteractive(terminal)
  const say = (text: string): void =>
    void (interactive && terminal.stderr.write(`${paint(terminal.stderr, 'dim', text)}\n`))
  let left = false
  const interrupts = createInterrupts(
    () => {
      left = true
      reader.close()
    },
    () => {
      say('\nCtrl-C again leaves, so does /exit')
      reader.repeat()
    },
  )
  const reader = createLineReader(terminal, interrupts.interrupt)
  const stop = terminal.onInterrupt(interrupts.interrupt)
  say(`Talking to ${agent.name}. ${help}`)
  try {
    await converse({ agent, terminal, reader, interrupts, say, yes, interactive })
  } finally {
    stop()
    reader.close()
  }
  if (left) throw new CommandError('interrupted', '')
}

interface ChatSession {
  readonly agent: Agent
  readonly terminal: Terminal
  readonly reader: LineReader
  readonly interrupts: ReturnType<typeof createInterrupts>
  readonly say: (text: string) => void
  readonly yes: boolean
  readonly interactive: boolean
}

const deciderOf = ({ terminal, reader, yes, interactive }: ChatSession): FollowOptions['decide'] => {
  if (yes) return approveAll
  return interactive ? (calls) => askApprovals(calls, { terminal, reader }) : async () => undefined
}

const converse = async (session: ChatSession): Promise<void> => {
  const { agent, terminal, reader, interrupts, say, interactive } = session
  const decide = deciderOf(session)
  const prompt = paint(terminal.stderr, 'cyan', '› ')
  let messages: readonly Message[] = []
  for (let line = await reader.ask(prompt); line !== undefined; line = await reader.ask(prompt)) {
    const text = line.trim()
    if (text === '/exit' || text === '/quit') return
    if (text === '/clear') {
      messages = []
      say('Forgotten')
    } else if (text === '/help') say(help)
    else if (text !== '') {
      const end = await answer({ agent, terminal, decide }, [...messages, userText(text)], interrupts.begin())
      interrupts.end()
      messages = end.messages
      if (!interactive && 'failed' in end && end.failed)
        throw new CommandError('failed', 'The chat ended early')
      if (!interactive && 'reason' in end && end.reason === 'paused')
        throw new CommandError('paused', 'Paused: calls wait for an approval; --yes approves')
    }
  }
}
