import { HOLE } from '../field.ts'
import { allow, ask, deny, noInput, worst } from '../outcome.ts'
import type { Call, Judge } from '../shell.ts'
import { askAbout, isHelp, tool, tools } from '../tool.ts'
import { dockerRun } from './docker-run.ts'

const text = (options = ''): Judge => tool({ options, operands: 'text' })
const each = (names: string, judge: Judge): readonly (readonly [string, Judge])[] =>
  names.split(' ').map((name) => [name, judge])
const hides = (call: Call): boolean => call.args.some((field) => field.text.includes(HOLE))

/** Verbs of cloud tools that take away what cannot be brought back. */
const destructive =
  /^(?:delete|destroy|remove|rm|rb|purge|terminate|drop|wipe|deprovision|uninstall|teardown|undeploy|apps:destroy|nuke|empty|deregister|revoke|disable)(?:[-:].*)?$|^(?:terminate|delete|remove|destroy|deregister|purge|revoke|schedule)-|-delete$|:(?:destroy|delete|remove|reset)$/
const credentials =
  /^(?:print-access-token|print-identity-token|get-secret-value|get-password-data|get-session-token|get-federation-token|get-login-password|create-access-key|assume-role|get-access-token|show-secret|access|export-credentials|get-authorization-token|get-parameter|get-parameters|create-login-profile|decrypt|auth:token|authorizations:create)$/

const cloud: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const texts = call.args.filter((field) => !field.text.startsWith('-')).map((field) => field.text)
  if (texts.length === 1 && texts[0] === 'version') return allow()
  const verbs = texts.slice(0, 5)
  if (
    verbs.some((verb) => credentials.test(verb)) ||
    texts.some((word) => /secret_access_key|session_token/.test(word))
  )
    return deny('secret', 'It prints credentials.')
  if (verbs.some((verb) => destructive.test(verb)))
    return deny('destroys-remote', 'It takes away what others use.')
  if (call.args.some((field) => ['-destroy', '--delete', '--purge', '--force-destroy'].includes(field.text)))
    return deny('destroys-remote', 'It takes away what others use.')
  return askAbout('cloud', `${call.name} uses credentials on a remote system.`, { call, shell })
}

const terraform: Judge = (call, shell) => {
  const texts = call.args.map((field) => field.text)
  const verb = texts.find((word) => !word.startsWith('-')) ?? ''
  if (
    verb === 'destroy' ||
    texts.includes('-destroy') ||
    (verb === 'state' && texts.includes('rm')) ||
    (verb === 'workspace' && texts.includes('delete'))
  )
    return deny('destroys-remote', 'It destroys infrastructure.')
  if (verb === 'validate' || verb === 'version' || texts.includes('--version') || texts.includes('-version'))
    return text('-json -no-color --version -version')(call, shell)
  if (verb === 'fmt' && texts.some((word) => word === '-check' || word === '--check'))
    return tool({ options: '-check --check -diff -recursive -list=', singleDash: true, operands: 'text' })(
      { ...call, args: call.args.slice(1) },
      shell,
    )
  return askAbout('cloud', 'It uses credentials on a remote system.', { call, shell })
}

const kinds = new Set(
  'pod pods po deployment deployments deploy service services svc node nodes no namespace namespaces ns job jobs cronjob cronjobs ingress ingresses ing replicaset replicasets rs statefulset statefulsets sts daemonset daemonsets ds event events ev hpa pvc pv storageclass endpoints all crd crds networkpolicy serviceaccount serviceaccounts sa'.split(
    ' ',
  ),
)
const kubeOptions =
  '-nowAlL -n= -o= -l= -A --namespace= --output= --selector= --all-namespaces --show-labels --sort-by= --field-selector= --no-headers --context= --watch --watch-only -f --follow --tail= --since= --previous -p -c= --container= --all-containers --timestamps --client --short --containers --prefix --limit= --ignore-not-found --show-kind --label-columns= --chunk-size= --max-log-requests='
const kubeGet: Judge = (call, shell) => {
  const found = text(kubeOptions)(call, shell)
  const [kind] = call.args.filter(
    (field, index) =>
      !field.text.startsWith('-') &&
      !['-n', '-o', '-l', '--namespace', '--context', '--selector', '-c'].includes(
        call.args[index - 1]?.text ?? '',
      ),
  )
  const named = (kind?.text ?? '').split(',').map((name) => name.split('/')[0] ?? '')
  if (named.some((name) => name.startsWith('secret')))
    return worst([ask('secret', 'It prints secrets.')], { origin: 'secret' })
  // The whole object may hold environment variables with credentials.
  if (
    call.args.some(
      (field, index) =>
        /^(?:-o|--output)=?(?:yaml|json|jsonpath|go-template|custom)/.test(field.text) ||
        ((field.text === '-o' || field.text === '--output') &&
          !['wide', 'name'].includes(call.args[index + 1]?.text ?? '')),
    )
  )
    return ask('secret', 'The whole object may hold credentials.')
  return named.every((name) => kinds.has(name))
    ? found
    : askAbout('cloud', 'It asks a cluster.', { call, shell })
}
const kubeDelete: Judge = (call, shell) => {
  const texts = call.args.map((field) => field.text)
  const wide = texts.some((word) =>
    /^(?:ns|namespaces?|pv|pvc|persistentvolumes?|persistentvolumeclaims?|crds?|nodes?|no|all|clusterroles?|statefulsets?|sts|deployments?|deploy|customresourcedefinitions?)(?:\/|$)/.test(
      word,
    ),
  )
  if (
    wide ||
    texts.some((word) => ['--all', '-A', '--all-namespaces', '--force', '-f', '-k'].includes(word)) ||
    hides(call)
  )
    return deny('destroys-remote', 'It takes away what others use.')
  return askAbout('cloud', 'It changes a cluster.', { call, shell })
}
const kubectl = tools(
  kubeOptions,
  new Map<string, Judge>([
    ['get', kubeGet],
    [
      'describe',
      (call, shell) =>
        call.args.some((field) => /secret|configmap|^cm$/.test(field.text))
          ? askAbout('secret', 'It prints secrets.', { call, shell })
          : text(kubeOptions)(call, shell),
    ],
    ...each('logs top version explain api-resources api-versions cluster-info', text(kubeOptions)),
    [
      'config',
      (call, shell) =>
        ['current-context', 'get-contexts', 'get-clusters'].includes(call.args[0]?.text ?? '')
          ? allow()
          : askAbout('secret', 'The configuration holds credentials.', { call, shell }),
    ],
    [
      'rollout',
      (call, shell) =>
        ['status', 'history'].includes(call.args[0]?.text ?? '')
          ? text(kubeOptions)({ ...call, args: call.args.slice(1) }, shell)
          : askAbout('cloud', 'It changes a cluster.', { call, shell }),
    ],
    ['delete', kubeDelete],
    ['drain', () => deny('destroys-remote', 'It empties a node.')],
    [
      'exec',
      (call, shell) => {
        const at = call.args.findIndex((field) => field.text === '--')
        return worst([
          askAbout('cloud', 'It runs in a cluster.', { call, shell }),
          ...(at < 0 ? [] : [shell.runCommand(call.args.slice(at + 1), { stdin: noInput })]),
        ])
      },
    ],
  ]),
)

const helm = tools(
  '-n= --namespace= --kube-context=',
  new Map<string, Judge>([
    ...each(
      'lint template version',
      tool({
        options: '-f< --values< --set= --strict --namespace= -n= --short --quiet --with-subcharts --debug',
        operands: 'text',
      }),
    ),
    ...each(
      'list ls status history',
      text('-aAn= -n= --namespace= --all-namespaces --all -o= --output= --filter='),
    ),
    ...each('uninstall delete un del', () => deny('destroys-remote', 'It takes away what others use.')),
  ]),
)

const dockerShows = text(
  '-aqnlsft -f= -n= --all --quiet --filter= --format= --no-trunc --last= --size --latest --tail= --since= --until= --timestamps --details --follow --digests --services --volumes --images --profiles --hash= --no-stream --tree --human --verbose --no-color --no-log-prefix --status= --index= --orphans?',
)
const wide = (call: Call): boolean => hides(call)
const removes: Judge = (call, shell) =>
  wide(call)
    ? deny('destroys-files', 'It removes all of them.')
    : askAbout('containers', 'It removes containers, images or data.', { call, shell })
const runsInside: Judge = (call, shell) => {
  const found = [askAbout('containers', 'It runs in a container.', { call, shell })]
  for (const [index, field] of call.args.entries())
    if (!field.text.startsWith('-'))
      found.push(
        ...[shell.runCommand(call.args.slice(index + 1), { stdin: noInput })].filter(
          ({ verdict, rule }) => verdict === 'deny' && rule !== 'destroys-files',
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
const compose = tools(
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

const docker = tools(
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

const gcloudLike = each(
  'aws gcloud gsutil az doctl heroku flyctl fly vercel netlify wrangler firebase supabase railway linode-cli hcloud ibmcloud oci scw s3cmd rclone eksctl kops gcloud-beta pulumi cdk sls serverless sam ansible ansible-playbook vagrant packer nomad consul argocd flux istioctl stripe twilio',
  cloud,
)
const vault: Judge = (call, shell) =>
  call.args.some((field) => ['read', 'get', 'token', 'print'].includes(field.text))
    ? deny('secret', 'It prints secrets.')
    : cloud(call, shell)

export const cloudJudges: Readonly<Record<string, Judge>> = {
  ...Object.fromEntries(gcloudLike),
  terraform,
  tofu: terraform,
  terragrunt: terraform,
  kubectl,
  oc: kubectl,
  k: kubectl,
  helm,
  docker,
  podman: docker,
  nerdctl: docker,
  'docker-compose': compose,
  vault,
  doppler: vault,
  sops: () => deny('secret', 'It decrypts secrets.'),
}
