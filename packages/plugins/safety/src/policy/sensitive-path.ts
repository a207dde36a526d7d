import { anyGlob, belowHome, isSecretFileName, isSecretPath } from '@ashlar/secret-paths'
import { matchesGlob } from './glob-pattern.ts'

const list = (text: string): readonly string[] => text.split(/\s+/).filter((item) => item !== '')

/** Files a shell, an editor or a session runs or obeys at its start. */
const startup =
  anyGlob(`/etc/profile /etc/profile.d/** /etc/bash* /etc/zsh* /etc/cron* /etc/cron*/** /etc/systemd/** /etc/init.d/** /etc/rc*/** /etc/ld.so*
  /var/spool/cron/** /etc/sudoers* /etc/pam.d/** /etc/ssh/** /etc/xdg/** /Library/LaunchDaemons/** /Library/LaunchAgents/** /usr/lib/systemd/** /lib/systemd/**`)
const systemTops = new Set(
  list(`bin boot dev etc home lib lib32 lib64 media mnt opt proc root run sbin srv sys usr var data System Library Applications
  Users Volumes private cores nix snap efi`),
)

/** What guards the agent, and what other tools obey without being asked. */
const guards =
  anyGlob(`.ashlar .ashlar/** **/.ashlar/** ashlar.config.* **/ashlar.config.* ashlar.policy.* .claude/settings*.json .codex/**
  .cursor/** .opencode/** .gemini/** .mcp.json`)
const gitControl = anyGlob(
  `.git/hooks .git/hooks/** .git/config .git/config.worktree .git/info/attributes .git/modules/** **/.git/hooks/** **/.git/config .git`,
)
/** Project files that are run or obeyed by the commands that are allowed. */
const executed =
  anyGlob(`package.json **/package.json .npmrc **/.npmrc .yarnrc* .pnpmfile.cjs Makefile makefile GNUmakefile **/Makefile .husky/** .githooks/** .github/**
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

const homes = anyGlob('/root /home /home/* /Users /Users/*')
const harmlessDevices = anyGlob(
  '/dev/null /dev/std* /dev/tty /dev/fd/* /dev/zero /dev/urandom /dev/random /dev/full /dev/shm/* /dev/tcp/* /dev/udp/*',
)

const isHome = (path: string, home: string): boolean =>
  path === home || (homes(path) && path.split('/').length <= 3)

export { belowHome, isSecretFileName }

/** What an absolute path without `.` and `..` is known for. */
export const traitsOf = (path: string, home: string): PathTraits => {
  const below = belowHome(path, home)
  const top = path.split('/')[1] ?? ''
  return {
    secret: isSecretPath(path, { home }),
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
