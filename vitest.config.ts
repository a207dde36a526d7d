import { defineConfig } from 'vitest/config'
import { engines } from './scripts/services/engines.mjs'
import { v8Flags } from './scripts/v8-flags.mjs'

const contract = '**/*.contract.test.ts'
const e2e = '**/*.e2e.test.ts'
const engine = '**/*.engine.test.ts'
const ignored = ['**/node_modules/**', '**/dist/**']

/** A tree of tests: run one with `vitest run --project <name>`. */
const tree = (name: string, include: string[], exclude: string[] = []) => ({
  extends: true as const,
  test: { name, include, exclude: [...ignored, ...exclude] },
})

export default defineConfig({
  test: {
    testTimeout: process.env['ASHLAR_SOAK'] ? 3_600_000 : 20_000,
    // Threads share V8's flags and code pages: one test that changes a flag can bring all the others down.
    pool: 'forks',
    execArgv: v8Flags,
    setupFiles: process.env['CI'] || process.env['ASHLAR_SOAK'] ? ['scripts/property-tests.mjs'] : [],
    projects: [
      tree(
        'unit',
        ['{packages,examples,tooling}/**/*.test.ts', 'scripts/**/*.test.mjs'],
        [contract, e2e, engine],
      ),
      tree('integration', [`{packages,examples}/${contract}`]),
      tree('e2e', [`{packages,examples}/${e2e}`]),
      tree('performance', ['bench/**/*.test.ts']),
      // Named after what they need: `x.redis.engine.test.ts` runs where there is a Redis, by `npm run test:engines`.
      tree(
        'engines',
        engines
          .filter(({ variable }) => process.env[variable])
          .map(({ name }) => `{packages,examples}/**/*.${name}.engine.test.ts`),
      ),
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/**/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-d.ts'],
      reporter: ['json-summary'],
      reportOnFailure: true,
      reportsDirectory: '.ci-out/coverage',
    },
  },
})
