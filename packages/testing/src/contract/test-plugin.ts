import type { Plugin } from '@ashlar/core'
import { within } from './bench.ts'
import { pluginAbortChecks } from './plugin-abort-checks.ts'
import { pluginChecks } from './plugin-checks.ts'
import { globalRunner, type Runner } from './runner.ts'

export interface TestPluginOptions {
  readonly name: string
  /** Makes the plugin, with options under which it has nothing to object to. Called for every test. */
  readonly create: () => Plugin | Promise<Plugin>
  /** Milliseconds after which a test fails because the run hangs. @default 15,000 */
  readonly timeoutMs?: number
}

/**
 * The contract of `Plugin`: registers tests that run an agent with it and ask that it stands in nobody's way.
 *
 * @throws InvalidArgument when no runner is given and none is global
 */
export const testPlugin = (options: TestPluginOptions, runner: Runner = globalRunner()): void => {
  const { name, create, timeoutMs = 15_000 } = options
  runner.describe(`${name} as a Plugin`, () => {
    for (const [title, test] of [...pluginChecks, ...pluginAbortChecks])
      runner.it(title, async () => within(timeoutMs, test(await create())))
  })
}
