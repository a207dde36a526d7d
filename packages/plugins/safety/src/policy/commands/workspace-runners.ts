import { publishes } from './named-judges.ts'
import { ask } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { tool, tools } from '../tool.ts'

const turboOptions =
  '--filter= -F= --force --no-cache --dry? --concurrency= --output-logs= --affected --continue --graph?~ --summarize --no-daemon --ui='

export const task: Judge = (call, shell) => {
  const args = call.args[0]?.text === 'run' ? call.args.slice(1) : call.args
  const run = tool({
    options: turboOptions,
    operands: 'text',
    refine: (parsed) =>
      parsed.operands.length > 0 && parsed.operands.every((field) => workspaceTargets.has(field.text))
        ? undefined
        : ask('runs-script', 'It runs scripts.'),
  })
  return run({ ...call, args }, shell)
}

const workspaceTargets = new Set([
  'build',
  'test',
  'lint',
  'typecheck',
  'check',
  'check-types',
  'format:check',
  'e2e',
  'type-check',
])

const runsTargets = (options: string): Judge =>
  tool({
    options,
    operands: 'text',
    refine: (parsed) => {
      const named = parsed.options
        .filter(({ name }) => ['-t', '--target', '--targets'].includes(name))
        .flatMap(({ value }) => value?.text.split(',') ?? [])
      const all = [...named, ...parsed.operands.map((field) => field.text)].filter((target) =>
        workspaceTargets.has(target),
      )
      const others = named.filter((target) => !workspaceTargets.has(target))
      return all.length > 0 && others.length === 0 ? undefined : ask('runs-script', 'It runs scripts.')
    },
  })

const nxOptions =
  '-t= -p= --target= --targets= --projects= --parallel? --skip-nx-cache --base= --head= --all --verbose --exclude= --configuration= --watch=false --coverage --ci --nxBail --output-style='

export const nx: Judge = tools(
  '',
  new Map<string, Judge>([
    ...['test', 'lint', 'build', 'e2e', 'typecheck'].map(
      (name) => [name, tool({ options: nxOptions, operands: 'text' })] as const,
    ),
    ...['run-many', 'affected'].map((name) => [name, runsTargets(nxOptions)] as const),
    ['show', tool({ options: '--json --web~', operands: 'text' })],
    ['report', tool({ operands: 'none' })],
  ]),
)

export const lerna: Judge = tools(
  '',
  new Map<string, Judge>([
    ['publish', publishes],
    ['run', runsTargets('--scope= --since= --stream --parallel --no-bail --concurrency= --ignore=')],
    ['ls', tool({ options: '-la --json --all --since= --long', operands: 'none' })],
    ['list', tool({ options: '-la --json', operands: 'none' })],
    ['changed', tool({ options: '-la --json', operands: 'none' })],
  ]),
)
