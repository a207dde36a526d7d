import { text } from './named-judges.ts'
import { allow } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool, tools } from '../tool.ts'
import { judgeRevisions } from './git-revisions.ts'

/** A subcommand with subcommands of its own: these, and a question for any other. */
export const only = (allowed: Readonly<Record<string, Judge>>, why: string, alone?: Judge): Judge => {
  const judge = tools('-v --verbose', new Map(Object.entries(allowed)), alone && { alone })
  return (call, shell) => {
    const found = judge(call, shell)
    return found.verdict === 'ask' && found.rule === 'unknown-command'
      ? askAbout('vcs', why, { call, shell })
      : found
  }
}

const asks =
  (why: string): Judge =>
  (call, shell) =>
    askAbout('vcs', why, { call, shell })

/** Subcommands that tell and change nothing, some of them only in one of their forms. */
export const gitQueries: readonly (readonly [string, Judge])[] = [
  [
    'help',
    tool({
      options:
        '-agic --all --guides --no-external-commands --no-aliases --config --user-interfaces -w~ -m~ --web~',
      operands: 'text',
    }),
  ],
  [
    'symbolic-ref',
    (call, shell) => {
      const found = tool({
        options: '-q --quiet --short --no-recurse -d~ -m=~ --delete~',
        operands: 'text',
        prints: 'words',
      })(call, shell)
      return call.args.filter((field) => !field.text.startsWith('-')).length === 1
        ? found
        : askAbout('vcs', 'It changes where HEAD points.', { call, shell })
    },
  ],
  [
    'var',
    (call, shell) =>
      call.args.length === 1 && /^GIT_[A-Z_]+$/.test(call.args[0]?.text ?? '')
        ? allow()
        : askAbout('secret', 'The settings may hold credentials.', { call, shell }),
  ],
  ['check-ref-format', text('--branch --normalize --allow-onelevel --no-allow-onelevel --refspec-pattern')],
  ['check-mailmap', text('--stdin')],
  ['patch-id', text('--stable --unstable --verbatim')],
  [
    'merge-tree',
    tool({
      options:
        '-z --write-tree --name-only --messages --no-messages --merge-base= --allow-unrelated-histories --trivial-merge',
      operands: 'text',
      refine: judgeRevisions,
    }),
  ],
  ['hash-object', tool({ options: '-t= --stdin --path= --no-filters --stdin-paths -w~', operands: 'read' })],
  ['sparse-checkout', only({ list: text(), 'check-rules': text('-z') }, 'It changes which files are there.')],
  ['rerere', only({ status: text(), diff: text(), remaining: text() }, 'It changes recorded resolutions.')],
  [
    'replace',
    (call, shell) =>
      call.args.some((field) => field.text === '-l' || field.text === '--list') || call.args.length === 0
        ? text('-l --list --format=')(call, shell)
        : askAbout('vcs', 'It replaces objects.', { call, shell }),
  ],
  ['verify-pack', tool({ options: '-vs --verbose --stat-only', operands: 'read' })],
  [
    'lfs',
    only(
      {
        'ls-files': text('-ln --long --name-only --size --all -a -s'),
        status: text('--porcelain --json'),
        locks: asks('It asks a server.'),
        version: text(),
      },
      'It changes large files.',
    ),
  ],
  [
    'apply',
    (call, shell) =>
      call.args.some((field) => ['--check', '--stat', '--numstat', '--summary'].includes(field.text)) &&
      !call.args.some((field) =>
        ['--apply', '--build-fake-ancestor'].some((name) => field.text.startsWith(name)),
      )
        ? tool({
            options:
              '-vpR -p= --check --stat --numstat --summary --verbose --reverse --3way --cached --index --directory= --unidiff-zero --whitespace= --ignore-whitespace --recount -C= --exclude= --include=',
          })(call, shell)
        : askAbout('changes-files', 'It changes files.', { call, shell }),
  ],
  [
    'bundle',
    (call, shell) =>
      ['verify', 'list-heads'].includes(call.args[0]?.text ?? '')
        ? tool({ options: '-q --quiet', first: ['read'], operands: 'text' })(
            { ...call, args: call.args.slice(1) },
            shell,
          )
        : askAbout('vcs', 'It writes a bundle.', { call, shell }),
  ],
]
