import { each, text } from './named-judges.ts'
import { HOLE } from '../field.ts'
import { allow, ask, deny, noInput, worst } from '../outcome.ts'
import type { Call, Judge } from '../shell.ts'
import { askAbout, tool, tools } from '../tool.ts'

const hides = (call: Call): boolean => call.args.some((field) => field.text.includes(HOLE))

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

export const kubectl: Judge = tools(
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

export const helm: Judge = tools(
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

export const wide = (call: Call): boolean => hides(call)
