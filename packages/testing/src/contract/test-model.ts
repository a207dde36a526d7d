import { InvalidArgument, type LanguageModel } from '@ashlar/core'
import { createWireServer, type WireDialect, type WireServer } from '../wire/index.ts'
import { abortChecks } from './abort-checks.ts'
import { answerChecks } from './answer-checks.ts'
import { type Check, within } from './bench.ts'
import { faultChecks } from './fault-checks.ts'
import { meterChecks } from './meter-checks.ts'
import { packetChecks } from './packet-checks.ts'
import { requestChecks } from './request-checks.ts'
import { globalRunner, type Runner } from './runner.ts'
import { toolChecks } from './tool-checks.ts'

export interface TestModelOptions {
  /** Named in the report: the provider, and the transport where it has several. */
  readonly name: string
  /** What the model speaks. */
  readonly dialect: WireDialect
  /** Makes a model that talks to this server; its key may be anything. Called for every test. */
  readonly create: (server: WireServer) => LanguageModel | Promise<LanguageModel>
  /** Milliseconds after which a test fails because the model hangs. @default 15,000 */
  readonly timeoutMs?: number
}

const groups: readonly (readonly [name: string, checks: (dialect: WireDialect) => readonly Check[]])[] = [
  ['answers', answerChecks],
  ['packets', packetChecks],
  ['requests', requestChecks],
  ['tools', toolChecks],
  ['faults', faultChecks],
  ['aborts and deadlines', abortChecks],
  ['metering', meterChecks],
]

const dialects: readonly unknown[] = ['openai-chat', 'openai-responses', 'anthropic', 'ollama']

/**
 * The contract of `LanguageModel`: registers its tests for one provider, each against a wire server of its own.
 *
 * @throws InvalidArgument when the dialect is unknown, or no runner is given and none is global
 */
export const testModel = (options: TestModelOptions, runner: Runner = globalRunner()): void => {
  const { name, dialect, create, timeoutMs = 15_000 } = options
  if (!dialects.includes(dialect))
    throw new InvalidArgument('dialect', `one of ${dialects.join(', ')}`, dialect)
  const run = async (test: Check[1]): Promise<void> => {
    const server = await createWireServer()
    try {
      const model = await create(server)
      await within(timeoutMs, test({ server, model, dialect }))
    } finally {
      await server.close()
    }
  }
  runner.describe(`${name} as a LanguageModel (${dialect})`, () => {
    for (const [group, checks] of groups)
      runner.describe(group, () => {
        for (const [title, test] of checks(dialect)) runner.it(title, () => run(test))
      })
  })
}
