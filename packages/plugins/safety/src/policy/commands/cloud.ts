import { each, text } from './named-judges.ts'
import { allow, deny, noInput, worst } from '../outcome.ts'
import { readPath } from '../path-rules.ts'
import type { Judge } from '../shell.ts'
import { askAbout, isHelp, tool } from '../tool.ts'
import { kubectl, helm } from './kubernetes.ts'
import { compose, docker } from './containers.ts'

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
  // `vagrant ssh -c '…'`, `ansible all -m shell -a '…'`: what runs there is known.
  const payloads = call.args.filter((_, index) =>
    ['-c', '-a', '--command', '--args', '--shell'].includes(call.args[index - 1]?.text ?? ''),
  )
  const inner = worst(payloads.map((field) => shell.runSource(field.text, { stdin: noInput })))
  if (inner.verdict === 'deny') return inner
  return askAbout('cloud', `${call.name} uses credentials on a remote system.`, { call, shell })
}

const terraform: Judge = (call, shell) => {
  const [first, ...rest] = call.args
  if (first?.text.startsWith('-chdir='))
    return worst([
      readPath({ ...first, text: first.text.slice('-chdir='.length) }, shell, 'names'),
      terraform({ ...call, args: rest }, shell),
    ])
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
    return text('-json -no-color --version -version', true)(call, shell)
  if (verb === 'fmt' && texts.some((word) => word === '-check' || word === '--check'))
    return tool({
      options: '-check --check -diff -recursive -list= -write=false -no-color',
      singleDash: true,
      operands: 'text',
    })({ ...call, args: call.args.slice(1) }, shell)
  return askAbout('cloud', 'It uses credentials on a remote system.', { call, shell })
}

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
