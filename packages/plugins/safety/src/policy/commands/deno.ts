import { allow, deny } from '../outcome.ts'
import type { Call, Judge } from '../shell.ts'
import { tool } from '../tool.ts'
import { scriptRunner } from './package-scripts.ts'
import { anyCode } from './script-hosts.ts'

const denoTool = tool({
  options:
    '-q --check --quiet --no-run --ext= --ignore= --json --compact --rules-tags= --no-check --filter= --parallel --fail-fast? --coverage? --doc --all --config< -c< --junit-path> --reporter= --shuffle? --frozen --no-lock --allow-none --trace-leaks --permit-no-files',
  operands: 'names',
})

/** deno: checks and tests without permissions; everything else is code. */
export const deno: Judge = (call, shell) => {
  const [verb, ...args] = call.args
  const inner: Call = { ...call, args }
  if (verb?.text === 'fmt' && args.some((field) => field.text === '--check')) return denoTool(inner, shell)
  if (
    verb &&
    ['lint', 'test', 'check', 'info', 'doc', 'bench', 'coverage', 'outdated', 'types'].includes(verb.text)
  )
    return denoTool(inner, shell)
  if (verb?.text === 'task')
    return args.length === 0 ? allow() : scriptRunner(undefined)({ ...inner, name: 'deno task' }, shell)
  if (verb?.text === 'publish') return deny('publishes', 'It publishes to the world.')
  return anyCode(call, shell)
}
