import { each, text } from './named-judges.ts'
import { allow, deny, noInput, worst } from '../outcome.ts'
import type { Call, Judge } from '../shell.ts'
import { askAbout, tools } from '../tool.ts'
import { dockerRun } from './docker-run.ts'
import { wide } from './kubernetes.ts'

const dockerShows = text(
  '-aqnlsft -f= -n= --all --quiet --filter= --format= --no-trunc --last= --size --latest --tail= --since= --until= --timestamps --details --follow --digests --services --volumes --images --profiles --hash= --no-stream --tree --human --verbose --no-color --no-log-prefix --status= --index= --orphans?',
)

const removes: Judge = (call, shell) =>
  wide(call)
    ? deny('destroys-files', 'It removes all of them.')
    : askAbout('containers', 'It removes containers, images or data.', { call, shell })

/** What a container keeps for others: the data of a service, or all of it. */
const keptFolders = /^\/(?:$|\*|(?:var\/lib|etc|usr|home|root|srv|data|boot)(?:\/|$))/

const runsInside: Judge = (call, shell) => {
  const found = [askAbout('containers', 'It runs in a container.', { call, shell })]
  for (const [index, field] of call.args.entries())
    if (!field.text.startsWith('-'))
      found.push(
        ...[shell.runCommand(call.args.slice(index + 1), { stdin: noInput })].filter(
          ({ verdict, rule }) =>
            verdict === 'deny' &&
            (rule !== 'destroys-files' || call.args.some((arg) => keptFolders.test(arg.text))),
        ),
      )
  return worst(found)
}

const prune: Judge = (call, shell) =>
  call.args.some(
    (field) => field.text === '--volumes' || (/^-[a-z]*a/.test(field.text) && call.args.length > 2),
  )
    ? deny('destroys-files', 'It removes data that nothing holds right now.')
    : askAbout('containers', 'It removes what is not used.', { call, shell })

const sub = (names: string, others: readonly (readonly [string, Judge])[] = []): Judge =>
  tools(
    '',
    new Map<string, Judge>([
      ...each(names, dockerShows),
      ['rm', removes],
      ['remove', removes],
      ['prune', prune],
      ...others,
    ]),
  )

export const compose: Judge = tools(
  '-f< -p= --file< --project-name= --profile= --env-file=~ --project-directory/ --ansi=',
  new Map<string, Judge>([
    ...each('ps logs images top version ls port', dockerShows),
    [
      'config',
      (call, shell) =>
        call.args.length > 0 &&
        call.args.every((field) =>
          ['--services', '--volumes', '--images', '--profiles', '--quiet', '-q', '--hash'].includes(
            field.text,
          ),
        )
          ? allow()
          : askAbout('secret', 'It prints the environment of services.', { call, shell }),
    ],
    ['exec', runsInside],
    ['run', runsInside],
    [
      'down',
      (call, shell) =>
        call.args.some((field) => field.text === '-v' || field.text === '--volumes')
          ? deny('destroys-files', 'It removes the data of the services.')
          : askAbout('containers', 'It stops services.', { call, shell }),
    ],
  ]),
)

const harmlessFormats = [
  '{{.State',
  '{{.Id',
  '{{.Name',
  '{{.Image',
  '{{.NetworkSettings',
  '{{.Created',
  '{{json .State',
  '{{json .NetworkSettings',
]

/** Only fields that hold no environment. */
const showsState = (call: Call): boolean => {
  const at = call.args.findIndex((field) => field.text === '--format' || field.text === '-f')
  const format =
    call.args.find((field) => field.text.startsWith('--format='))?.text.slice(9) ??
    (at < 0 ? undefined : call.args[at + 1]?.text)
  return (
    format !== undefined &&
    harmlessFormats.some((start) => format.startsWith(start)) &&
    format.split('{{').length === 2
  )
}

export const docker: Judge = tools(
  '-DH=~ -l= --context=~ --config=! -H! --host! --log-level= --tls~',
  new Map<string, Judge>([
    ...each('ps images version info logs top stats port diff history search', dockerShows),
    [
      'container',
      sub('ls list logs top stats port diff', [
        ['run', dockerRun],
        ['exec', runsInside],
      ]),
    ],
    ['image', sub('ls list history')],
    ['volume', sub('ls list')],
    ['network', sub('ls list')],
    ['system', sub('df info')],
    ['buildx', sub('ls version du')],
    ['builder', sub('')],
    ['context', sub('ls show')],
    ['compose', compose],
    ['run', dockerRun],
    ['create', dockerRun],
    ['exec', runsInside],
    ['rm', removes],
    ['rmi', removes],
    [
      'inspect',
      (call, shell) =>
        showsState(call)
          ? allow()
          : worst([askAbout('secret', 'It prints the environment of a container.', { call, shell })], {
              origin: 'secret',
            }),
    ],
  ]),
)
