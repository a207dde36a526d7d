import { each, text } from './named-judges.ts'
import { allow, ask, deny } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tools } from '../tool.ts'

export const gh: Judge = tools(
  '-R= --repo=',
  new Map<string, Judge>([
    ...each('pr issue run workflow release repo label ruleset cache gist search', (call, shell) => {
      const [verb] = call.args
      if (
        verb &&
        ['view', 'list', 'diff', 'checks', 'status', 'issues', 'prs', 'repos', 'commits', 'code'].includes(
          verb.text,
        ) &&
        !call.args.some((field) => field.text === '--web' || field.text === '-w')
      )
        return call.args.some((field) => field.unknown !== undefined)
          ? askAbout('unknown-value', 'What it sends is only known when it runs.', { call, shell })
          : allow()
      if (verb && ['delete', 'archive'].includes(verb.text) && call.name === 'gh repo')
        return deny('destroys-remote', 'It deletes a repository.')
      return askAbout('remote', 'It changes something on the server.', { call, shell })
    }),
    ['status', text()],
    [
      'auth',
      (call) =>
        call.args.some(
          (field) => field.text === 'token' || field.text === '--show-token' || field.text === '-t',
        )
          ? deny('secret', 'It prints a token.')
          : call.args[0]?.text === 'status'
            ? allow()
            : ask('remote', 'It changes who is logged in.'),
    ],
  ]),
)
