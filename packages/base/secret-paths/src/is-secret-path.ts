import { homedir } from 'node:os'
import { anyGlob } from './any-glob.ts'

/** Files that hold credentials wherever they lie. */
const secretNames =
  anyGlob(`.env .env.* *.env .envrc .flaskenv id_rsa id_rsa.* id_dsa id_ecdsa id_ed25519 id_ed25519_* id_ecdsa_sk id_ed25519_sk
  *.pem *.key *.p12 *.pfx *.jks *.keystore *.kdbx *.ppk *.asc *.gpg .netrc _netrc .pgpass .my.cnf .git-credentials .htpasswd .pypirc
  credentials credentials.json credentials.yml credentials.yaml credentials.toml credentials.db application_default_credentials.json
  service-account*.json service_account*.json auth.json secrets.json secrets.yml secrets.yaml secrets.toml secrets.env secret.json
  .vault-token *.tfvars *.tfstate *.tfstate.backup .dockerconfigjson kubeconfig *.kubeconfig master.key accessTokens.json
  .bash_history .zsh_history .sh_history .python_history .node_repl_history .psql_history .mysql_history .sqlite_history
  .rediscli_history .histfile fish_history shadow shadow- gshadow sudoers wallet.dat token.json tokens.json .Xauthority`)
const publicNames =
  anyGlob(`.env.example .env.sample .env.template .env.dist .env.defaults .env.schema *.env.example *.env.sample id_rsa.pub
  *.pub cert.pem fullchain.pem cacert.pem ca.pem *.crt example.env sample.env template.env`)

/** Folders and files below a home that hold credentials. */
const secretInHome =
  anyGlob(`.ssh .ssh/** .aws .aws/** .azure .azure/** .gnupg .gnupg/** .kube .kube/** .docker .docker/** .config/gcloud .config/gcloud/**
  .config/gh .config/gh/** .config/hub .npmrc .yarnrc .yarnrc.yml .config/git/credentials .password-store .password-store/** .codex .codex/** .claude .claude/** .claude.json
  .gemini/** .cargo/credentials* .gem/credentials .terraform.d .terraform.d/** .config/op .config/op/** .local/share/keyrings .local/share/keyrings/**
  .mozilla .mozilla/** .config/google-chrome .config/google-chrome/** .config/chromium/** Library/Keychains Library/Keychains/** .config/rclone/**
  .netlify/** .config/heroku/** .local/share/fish/** .lesshst .viminfo .boto .s3cfg .config/doctl/** .config/netlify/** .minikube/** .oci/** .m2/settings.xml .gradle/gradle.properties .pip/pip.conf .config/pip/pip.conf .ashlar .ashlar/** .subversion/auth/**`)
const secretAbsolute =
  anyGlob(`/etc/shadow* /etc/gshadow* /etc/sudoers* /etc/ssh/ssh_host* /etc/ssl/private /etc/ssl/private/* /proc/*/environ
  /proc/*/mem /proc/*/maps /proc/*/fd /proc/kcore /dev/mem /dev/kmem /run/secrets /run/secrets/** /var/run/secrets/** /var/lib/docker/** /etc/kubernetes/**
  /run/user/*/keyring/** /etc/krb5.keytab /var/spool/cron/** /proc/*/task/*/environ /proc/*/root /proc/*/root/** /proc/*/cwd/**`)

/** The rest of a path below a home folder; undefined when it is in none. */
export const belowHome = (path: string, home: string): string | undefined => {
  for (const base of [home, '/root'])
    if (base !== '/' && path.startsWith(`${base}/`)) return path.slice(base.length + 1)
  const [, top, user, ...rest] = path.split('/')
  return (top === 'home' || top === 'Users') && user !== undefined && rest.length > 0
    ? rest.join('/')
    : undefined
}

/** A file of that name holds credentials wherever it lies: `.env`, `id_ed25519`, `server.pem`; not `.env.example`. */
export const isSecretFileName = (name: string): boolean => {
  const folded = name.toLowerCase()
  return (secretNames(name) || secretNames(folded)) && !publicNames(folded)
}

export interface SecretPathOptions {
  /** The home folder whose dot folders are known. @default the home of this process */
  readonly home?: string | undefined
}

/** Whether a file holds credentials, by its absolute path, with `/` and without `.` and `..`. The disk is not asked. */
export const isSecretPath = (path: string, { home = homedir() }: SecretPathOptions = {}): boolean => {
  const below = belowHome(path, home)
  return (
    isSecretFileName(path.slice(path.lastIndexOf('/') + 1)) ||
    secretAbsolute(path) ||
    (below !== undefined && secretInHome(below) && !path.endsWith('.pub'))
  )
}
