import { basename } from 'node:path'
import { matchesGlob } from './glob-pattern.ts'

const list = (text: string): readonly string[] => text.split(/\s+/).filter((item) => item !== '')

/** One expression for many globs: these lists are tried for every path of every command. */
const anyOf = (text: string): ((path: string) => boolean) => {
  const sources = list(text).map((glob) =>
    [...glob]
      .map((character) =>
        character === '*'
          ? '.*'
          : character === '?'
            ? '.'
            : /\w/.test(character)
              ? character
              : `\\${character}`,
      )
      .join(''),
  )
  const expression = new RegExp(`^(?:${[...new Set(sources)].join('|')})$`, 's')
  return (path) => expression.test(path)
}

/** Files that hold credentials wherever they lie. */
const secretNames =
  anyOf(`.env .env.* *.env .envrc .flaskenv id_rsa id_rsa.* id_dsa id_ecdsa id_ed25519 id_ed25519_* id_ecdsa_sk id_ed25519_sk
  *.pem *.key *.p12 *.pfx *.jks *.keystore *.kdbx *.ppk *.asc *.gpg .netrc _netrc .pgpass .my.cnf .git-credentials .htpasswd .pypirc
  credentials credentials.json credentials.yml credentials.yaml credentials.toml credentials.db application_default_credentials.json
  service-account*.json service_account*.json auth.json secrets.json secrets.yml secrets.yaml secrets.toml secrets.env secret.json
  .vault-token *.tfvars *.tfstate *.tfstate.backup .dockerconfigjson kubeconfig *.kubeconfig master.key accessTokens.json
  .bash_history .zsh_history .sh_history .python_history .node_repl_history .psql_history .mysql_history .sqlite_history
  .rediscli_history .histfile fish_history shadow shadow- gshadow sudoers wallet.dat token.json tokens.json .Xauthority`)
const publicNames =
  anyOf(`.env.example .env.sample .env.template .env.dist .env.defaults .env.schema *.env.example *.env.sample id_rsa.pub
  *.pub cert.pem fullchain.pem cacert.pem ca.pem *.crt example.env sample.env template.env`)

/** Folders and files below a home that hold credentials. */
const secretInHome =
  anyOf(`.ssh .ssh/** .aws .aws/** .azure .azure/** .gnupg .gnupg/** .kube .kube/** .docker .docker/** .config/gcloud .config/gcloud/**
  .config/gh .config/gh/** .config/hub .npmrc .yarnrc .yarnrc.yml .config/git/credentials .password-store .password-store/** .codex .codex/** .claude .claude/** .claude.json
  .gemini/** .cargo/credentials* .gem/credentials .terraform.d .terraform.d/** .config/op .config/op/** .local/share/keyrings .local/share/keyrings/**
  .mozilla .mozilla/** .config/google-chrome .config/google-chrome/** .config/chromium/** Library/Keychains Library/Keychains/** .config/rclone/**
  .netlify/** .config/heroku/** .local/share/fish/** .lesshst .viminfo .boto .s3cfg .config/doctl/** .config/netlify/** .minikube/** .oci/** .m2/settings.xml .gradle/gradle.properties .pip/pip.conf .config/pip/pip.conf .ashlar .ashlar/** .subversion/auth/**`)
const secretAbsolute =
  anyOf(`/etc/shadow* /etc/gshadow* /etc/sudoers* /etc/ssh/ssh_host* /etc/ssl/private /etc/ssl/private/* /proc/*/environ
  /proc/*/mem /proc/*/maps /proc/*/fd /proc/kcore /dev/mem /dev/kmem /run/secrets /run/secrets/** /var/run/secrets/** /var/lib/docker/** /etc/kubernetes/**
  /run/user/*/keyring/** /etc/krb5.keytab /var/spool/cron/** /proc/*/task/*/environ /proc/*/root /proc/*/root/** /proc/*/cwd/**`)

/** Files a shell, an editor or a session runs or obeys at its start. */
const startup =
  anyOf(`/etc/profile /etc/profile.d/** /etc/bash* /etc/zsh* /etc/cron* /etc/cron*/** /etc/systemd/** /etc/init.d/** /etc/rc*/** /etc/ld.so*
  /var/spool/cron/** /etc/sudoers* /etc/pam.d/** /etc/ssh/** /etc/xdg/** /Library/LaunchDaemons/** /Library/LaunchAgents/** /usr/lib/systemd/** /lib/systemd/**`)
const systemTops = new Set(
  list(`bin boot dev etc home lib lib32 lib64 media mnt opt proc root run sbin srv sys usr var data System Library Applications
  Users Volumes private cores nix snap efi`),
)

/** What guards the agent, and what other tools obey without being asked. */
const guards =
  anyOf(`.ashlar .ashlar/** **/.ashlar/** ashlar.config.* **/ashlar.config.* ashlar.policy.* .claude/settings*.json .codex/**
  .cursor/** .opencode/** .gemini/** .mcp.json`)
const gitControl = anyOf(
  `.git/hooks .git/hooks/** .git/config .git/config.worktree .git/info/attributes .git/modules/** **/.git/hooks/** **/.git/config .git`,
)
/** Project files that are run or obeyed by the commands that are allowed. */
const executed =
  anyOf(`package.json **/package.json .npmrc **/.npmrc .yarnrc* .pnpmfile.cjs Makefile makefile GNUmakefile **/Makefile .husky/** .githooks/** .github/**
  .gitlab-ci.yml .gitattributes .gitmodules .gitconfig conftest.py **/conftest.py setup.py sitecustomize.py **/sitecustomize.py build.rs
  .cargo/** Justfile justfile Rakefile .vscode/** .idea/** .devcontainer/** Dockerfile* docker-compose* compose.y*ml .envrc .tool-versions
  *.config.js *.config.ts *.config.mjs *.config.cjs .eslintrc* .prettierrc* .babelrc* .mocharc* lefthook.yml .pre-commit-config.yaml
  node_modules/** **/node_modules/** .venv/** venv/** .git/** **/.git/**`)

/** What a path is known for. */
export interface PathTraits {
  /** Holds credentials. */
  readonly secret: boolean
  /** Is run or obeyed at the start of a session. */
  readonly startup: boolean
  /** Belongs to the machine, not to a person. */
  readonly system: boolean
  /** A home folder, or above all of them. */
  readonly home: boolean
}

const homes = anyOf('/root /home /home/* /Users /Users/*')
const harmlessDevices = anyOf(
  '/dev/null /dev/std* /dev/tty /dev/fd/* /dev/zero /dev/urandom /dev/random /dev/full /dev/shm/* /dev/tcp/* /dev/udp/*',
)

const isHome = (path: string, home: string): boolean =>
  path === home || (homes(path) && path.split('/').length <= 3)

/** The rest of a path below a home folder; undefined when it is in none. */
export const belowHome = (path: string, home: string): string | undefined => {
  for (const base of [home, '/root'])
    if (base !== '/' && path.startsWith(`${base}/`)) return path.slice(base.length + 1)
  const [, top, user, ...rest] = path.split('/')
  return (top === 'home' || top === 'Users') && user !== undefined && rest.length > 0
    ? rest.join('/')
    : undefined
}

export const isSecretFileName = (name: string): boolean => secretNames(name) && !publicNames(name)

/** What an absolute path without `.` and `..` is known for. */
export const traitsOf = (path: string, home: string): PathTraits => {
  const below = belowHome(path, home)
  const name = basename(path)
  const top = path.split('/')[1] ?? ''
  const secret =
    isSecretFileName(name) ||
    secretAbsolute(path) ||
    (below !== undefined && secretInHome(below) && !name.endsWith('.pub'))
  return {
    secret,
    startup:
      startup(path) || (below !== undefined && (below.startsWith('.') || below.startsWith('Library/'))),
    system: path === '/' || (systemTops.has(top) && below === undefined),
    home: isHome(path, home),
  }
}

/** A device that is not one of the harmless ones. */
export const isDevice = (path: string): boolean => path.startsWith('/dev/') && !harmlessDevices(path)

/** What a path relative to the project is for: it guards the agent, git obeys it, or the project's tools run it. */
export const roleInProject = (relative: string): 'guard' | 'git' | 'executed' | undefined => {
  if (guards(relative)) return 'guard'
  if (gitControl(relative)) return 'git'
  return executed(relative) ? 'executed' : undefined
}

const samples =
  list(`.env .env.local .env.production id_rsa id_ed25519 server.key server.pem private.key .netrc .npmrc .pypirc .git-credentials credentials credentials.json
  .pgpass auth.json secrets.json secrets.yml .bash_history .zsh_history .ssh .aws .gnupg .kube .docker shadow environ service-account.json terraform.tfstate prod.tfvars`)

/** Whether a glob for one name was made to match a secret: it matches one and would not match any name of the same kind. */
export const aimsAtSecret = (pattern: string): boolean =>
  samples.some((sample) => {
    if (
      !matchesGlob(pattern, sample) ||
      (sample.startsWith('.') && !pattern.startsWith('.') && !pattern.startsWith('\\'))
    )
      return false
    const extension = sample.lastIndexOf('.') > 0 ? sample.slice(sample.lastIndexOf('.')) : ''
    const neutral = `${sample.startsWith('.') ? '.' : ''}qqqqqq`
    const other = neutral + extension
    return !matchesGlob(pattern, neutral) && (isSecretFileName(other) || !matchesGlob(pattern, other))
  })
