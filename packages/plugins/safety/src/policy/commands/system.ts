import { isPlain } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { readPath, scanForSecrets } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { runStream } from '../run-file.ts'
import { askAbout, isHelp, tool } from '../tool.ts'

const refused =
  (rule: string, why: string): Judge =>
  (call) =>
    isHelp(call) ? allow() : deny(rule, why)
const asked =
  (why: string): Judge =>
  (call, shell) =>
    isHelp(call) ? allow() : askAbout('host', why, { call, shell })
const shows = (options = '', singleDash = false): Judge => tool({ options, operands: 'text', singleDash })
const words = (options = ''): Judge => tool({ options, operands: 'none', prints: 'words' })
const each = (names: string, judge: Judge): Readonly<Record<string, Judge>> =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, judge]))

const guardNames = /ashlar|gateway|guard|sandbox|auditd|falco|osquery|sshd|systemd|init\b/i

/** Ends processes: all of them, the first one, or what guards the agent is refused. */
const kill: Judge = (call) => {
  if (call.args.length === 1 && /^(?:-l|-L|--list|--help|--version)$/.test(call.args[0]?.text ?? ''))
    return allow()
  const signal = call.args[0]?.text.startsWith('-') ? 1 : 0
  const targets = call.args.slice(
    call.args[0]?.text === '-s' || call.args[0]?.text === '-n' ? 2 : call.args[0]?.text === '--' ? 0 : signal,
  )
  if (targets.some((field) => field.text === '-1' || field.text === '1' || field.text === '0'))
    return deny('denial-of-service', 'It ends every process, or the first one.')
  const chosen = targets.some((field) => field.unknown !== undefined)
  return chosen
    ? ask('process', 'Which process ends is only known when it runs.')
    : ask('process', 'It ends a process.')
}

const killByName: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const names = call.args.filter((field) => !field.text.startsWith('-'))
  if (names.some((field) => guardNames.test(field.text)))
    return deny('self-modify', 'It ends what guards the agent or the machine.')
  if (
    names.some((field) => ['.', '.*', '*', ''].includes(field.text)) ||
    call.args.some((field) => field.text === '-u')
  )
    return deny('denial-of-service', 'It ends every process.')
  return askAbout('process', 'It ends processes by their name.', { call, shell })
}

const criticalUnits =
  /ssh|audit|firewall|ufw|apparmor|selinux|fail2ban|falco|crowdstrike|defender|rsyslog|syslog|journald|network|docker|cron|ashlar|gateway/i
const service: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const texts = call.args.map((field) => field.text)
  const shown = [
    'status',
    'is-active',
    'is-enabled',
    'is-failed',
    'list-units',
    'list-unit-files',
    'list-timers',
    'list-dependencies',
    '--version',
  ]
  const verb = texts.find((text) => !text.startsWith('-')) ?? ''
  if (call.name === 'systemctl' && (shown.includes(verb) || verb === ''))
    return tool({
      options:
        '-alnt= -n= --no-pager --user --all --type= --state= --lines= --full --failed -p= --property= --value --plain --no-legend -q --quiet',
      operands: 'text',
    })(call, shell)
  if (call.name === 'service' && texts.at(-1) === 'status') return allow()
  if (
    texts.some((text) =>
      [
        'poweroff',
        'reboot',
        'halt',
        'kexec',
        'suspend',
        'hibernate',
        'emergency',
        'rescue',
        'isolate',
      ].includes(text),
    )
  )
    return deny('host', 'It stops the machine.')
  if (
    texts.some((text) => ['stop', 'disable', 'mask', 'kill', 'remove'].includes(text)) &&
    texts.some((text) => criticalUnits.test(text))
  )
    return deny('host', 'It stops what others rely on, or what guards the machine.')
  return askAbout('host', 'It changes services.', { call, shell })
}

const crontab: Judge = (call, shell) => {
  const texts = call.args.map((field) => field.text)
  if (texts.includes('-l')) return ask('host', 'It reads what runs by the clock.')
  if (texts.includes('--help')) return allow()
  return worst([deny('persistence', 'It changes what runs by the clock.'), scanForSecrets(call.args, shell)])
}

const later: Judge = (call, shell) =>
  worst([
    deny('persistence', 'It runs a command later, when nobody looks.'),
    runStream(call.stdin, shell, 'runs-file'),
  ])

const firewall: Judge = (call, shell) => {
  const texts = call.args.map((field) => field.text)
  if (
    texts.length > 0 &&
    texts.every((text) =>
      [
        '-L',
        '-n',
        '-v',
        '-S',
        'list',
        'ruleset',
        'status',
        'verbose',
        '--list',
        '-nL',
        '-nvL',
        '--list-all',
        '--state',
      ].includes(text),
    )
  )
    return askAbout('host', 'It shows the firewall.', { call, shell })
  return deny('host', 'It changes the firewall.')
}

const disk =
  (shown: readonly string[]): Judge =>
  (call, shell) =>
    isHelp(call)
      ? allow()
      : call.args.some((field) => shown.includes(field.text))
        ? askAbout('device', 'It reads a disk.', { call, shell })
        : deny('device', 'It can destroy what is on a disk.')

const date: Judge = (call, shell) => {
  if (call.args.some((field) => /^(?:-s|--set)/.test(field.text) || /^\d{8,}/.test(field.text)))
    return deny('host', 'It sets the clock of the machine.')
  return tool({
    options:
      '-uRj +# -d= -I? -r= -v= -f< --utc --date= --iso-8601? --rfc-3339= --rfc-email --reference< --universal',
    operands: 'text',
    prints: 'words',
  })(call, shell)
}

const hostname: Judge = (call, shell) =>
  call.args.some((field) => !field.text.startsWith('-'))
    ? deny('host', 'It renames the machine.')
    : words('-sfiIdAay --short --fqdn --ip-address')(call, shell)

const processes = tool({
  options:
    '-aAefFlMTuxwdjHLcSvyZNrhmnk= -o= -p= -C= -u= -U= -G= -g= -t= --sort= --forest --no-headers --pid= --ppid= --user= -q= -s= --cols= --headers',
  operands: 'text',
  refine: (parsed) =>
    parsed.operands.some((field) => /^[a-z]*e[a-z]*$/.test(field.text))
      ? ask('environment', 'It shows the environment of processes.')
      : undefined,
})

const archive: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const [first, ...rest] = call.args
  // Old spelling: `tar czf x` is `tar -czf x`.
  const args =
    first && !first.text.startsWith('-') && isPlain(first)
      ? [{ ...first, text: `-${first.text}` }, ...rest]
      : call.args
  const common =
    '-cxtrudzjJavkpmhwSWOBPl -f= -C/ -I! -T<~ -X< -b= -V= -N= -g>~ -H= -K= -F! --create --extract --list --append --update --file= --directory/ --gzip --bzip2 --xz --zstd --auto-compress --verbose --exclude= --exclude-vcs --exclude-from< --strip-components= --wildcards --no-wildcards --sort= --owner= --group= --mtime= --numeric-owner --to-stdout --dereference --totals --transform= --xform= --use-compress-program! --to-command! --checkpoint? --checkpoint-action! --rsh-command! --rmt-command! --info-script! --new-volume-script! --one-file-system --ignore-failed-read --anchored --exclude-caches --warning= --same-owner --no-same-owner --no-same-permissions --keep-old-files --occurrence? --full-time --files-from<~ --listed-incremental>~ --lzma --lzip --delete~ --get --diff --compare'
  const isList = flag(args, 't', '--list')
  return tool({
    options: common,
    operands: 'text',
    prints: 'data',
    refine: (parsed) => {
      const name = parsed.options.findLast(
        (option) => option.name === '-f' || option.name === '--file',
      )?.value
      const remote =
        name && /^[^/]+:/.test(name.text) ? [ask('network', 'The archive lies on another machine.')] : []
      if (isList) return worst([...remote, ...(name ? [readPath(name, shell)] : [])])
      if (flag(args, 'c', '--create')) {
        const sources = parsed.operands.map((field) => readPath(field, shell, 'tree'))
        return worst([
          ...remote,
          ...sources,
          ...(name && name.text !== '-'
            ? [ask('changes-files', 'It writes an archive.'), scanForSecrets([name], shell)]
            : []),
        ])
      }
      const prints = flag(args, 'O', '--to-stdout') && flag(args, 'x', '--extract')
      return worst([
        ...remote,
        ...(prints ? [] : [ask('changes-files', 'It unpacks or changes files.')]),
        ...(name ? [readPath(name, shell)] : []),
      ])
    },
  })({ ...call, args }, shell)
}

const flag = (args: Call['args'], letter: string, long: string): boolean =>
  args.some(
    (field) =>
      field.text === long ||
      (field.text.startsWith('-') &&
        !field.text.startsWith('--') &&
        field.text.slice(1).split('f')[0]?.includes(letter) === true),
  )

const zip: Judge = (call, shell) => {
  const texts = call.args.map((field) => field.text)
  if (
    texts.some(
      (text) => text.startsWith('-TT') || text === '--unzip-command' || text.startsWith('--unzip-command='),
    )
  )
    return deny('option-runs', 'zip runs the program named by -TT.')
  return worst([
    ask('changes-files', 'It writes an archive.'),
    ...call.args
      .filter((field) => !field.text.startsWith('-'))
      .map((field) => readPath(field, shell, 'tree'))
      .filter(({ verdict }) => verdict === 'deny'),
  ])
}
const unzip: Judge = (call, shell) =>
  call.args.some((field) => ['-l', '-v', '-t', '-Z', '-Z1', '-p', '-lv'].includes(field.text))
    ? tool({
        options: '-lvtZp1qC',
        operands: 'text',
        refine: (parsed) => worst(parsed.operands.slice(0, 1).map((field) => readPath(field, shell))),
      })(call, shell)
    : askAbout('changes-files', 'It unpacks files.', { call, shell })

const man: Judge = (call, shell) => {
  const runs = call.args.some(
    (field) => /^(?:-P|-H|--pager|--html|-C|--config)/.test(field.text) && field.text !== '--help',
  )
  return runs
    ? deny('option-runs', 'man runs the program named by the option.')
    : tool({ options: '-k= -f= -a', operands: 'names' })(call, shell)
}

/** Programs that start another one for looking at it. */
const traces: Judge = (call, shell) => {
  const pipes = call.args.some((field) => field.text.startsWith('|') || field.text.startsWith('!'))
  const found: Outcome[] = [ask('wrapper', `${call.name} watches a program it starts.`)]
  for (const [index, field] of call.args.entries()) {
    if (field.text.startsWith('-')) continue
    found.push(shell.runCommand(call.args.slice(index), { stdin: noInput }))
    if (index > 2) break
  }
  return worst([
    ...(pipes ? [deny('option-runs', 'It runs the program its output goes to.')] : []),
    ...found.filter(({ verdict, rule }) => verdict === 'deny' || rule === 'wrapper'),
  ])
}

const secrets =
  (why: string): Judge =>
  () =>
    deny('secret', why)
const gpg: Judge = (call, shell) =>
  call.args.some((field) => /^--export-secret|^--export-secret-subkeys|^-d$|^--decrypt/.test(field.text))
    ? deny('secret', 'It prints a secret key or decrypts.')
    : askAbout('secret', 'It works with keys.', { call, shell })
const seq: Judge = (call, shell) => {
  const numbers = call.args.filter((field) => Number.isFinite(Number(field.text)))
  if (numbers.some((field) => Math.abs(Number(field.text)) > 1_000_000))
    return ask('endless-loop', 'It prints very many numbers.')
  return tool({ options: '-w -s= -f= -#', operands: 'text', prints: 'words' })(call, shell)
}

export const systemJudges: Readonly<Record<string, Judge>> = {
  ...each('shutdown reboot halt poweroff init telinit kexec', refused('host', 'It stops the machine.')),
  ...each(
    'mkfs mkfs.ext2 mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mkfs.ntfs mke2fs mkswap wipefs blkdiscard sgdisk cfdisk',
    refused('device', 'It destroys what is on a disk.'),
  ),
  ...each('fdisk sfdisk parted gdisk', disk(['-l', '--list', 'print'])),
  ...each(
    'hdparm cryptsetup mdadm lvremove vgremove pvremove lvchange zpool zfs btrfs badblocks dmsetup',
    disk(['list', 'status', 'show', '-I', '-i']),
  ),
  diskutil: disk(['list', 'info']),
  ...each(
    'useradd adduser usermod userdel groupadd groupmod gpasswd passwd chpasswd visudo vipw chsh chfn newusers setcap capsh pam-auth-update',
    refused('privilege', 'It changes who may do what on the machine.'),
  ),
  ...each(
    'insmod modprobe rmmod setenforce aa-disable aa-teardown auditctl swapoff umount sysctl bpftool kmod csrutil spctl tccutil',
    refused('host', 'It changes the kernel or what guards the machine.'),
  ),
  mount: (call, shell) =>
    call.args.length === 0
      ? allow()
      : call.args.some(
            (field) => field.text.includes('remount') || field.text === '--bind' || field.text === '/',
          )
        ? deny('host', 'It changes what is mounted where.')
        : askAbout('host', 'It mounts a disk.', { call, shell }),
  ...each('iptables ip6tables nft ufw firewall-cmd pfctl', firewall),
  kill,
  pkill: killByName,
  killall: killByName,
  killall5: refused('denial-of-service', 'It ends every process.'),
  pgrep: tool({
    options: '-flanoxcvi -u= -P= -t= -d= -g= --list-name --full --count',
    operands: 'text',
    prints: 'words',
  }),
  pidof: tool({ options: '-sxc', operands: 'text', prints: 'words' }),
  systemctl: service,
  service,
  launchctl: (call, shell) =>
    call.args[0]?.text === 'list'
      ? allow()
      : askAbout('persistence', 'It changes what starts by itself.', { call, shell }),
  crontab,
  at: later,
  batch: later,
  date,
  hostname,
  hostnamectl: asked('It shows or changes the name of the machine.'),
  timedatectl: asked('It shows or changes the clock.'),
  journalctl: (call, shell) =>
    call.args.some((field) => /^--(?:vacuum|rotate|flush|sync|relinquish)/.test(field.text))
      ? deny('covers-tracks', 'It deletes logs.')
      : tool({
          options:
            '-efxrkbq -u= -n= -p= -o= -t= -b? --since= --until= --no-pager --unit= --lines= --follow --output= --priority= --user -S= -U= --grep= -g= --boot? --reverse --user-unit=',
          operands: 'text',
        })(call, shell),
  dmesg: (call, shell) =>
    call.args.some((field) => ['-c', '-C', '--clear', '--read-clear', '-D', '-n'].includes(field.text))
      ? deny('covers-tracks', 'It clears the log of the kernel.')
      : shows('-TkHwxLer -l= -f= --human --ctime --level= --follow')(call, shell),
  uname: words('-asnrvmpio --all --kernel-name --kernel-release --machine --operating-system --nodename'),
  arch: words(''),
  nproc: words('--all --ignore='),
  whoami: words(''),
  who: shows('-abdHlmpqrTtu'),
  w: shows('-hfsio'),
  users: words(''),
  last: shows('-# -n= -aFixRw'),
  id: tool({ options: '-ugGnrzZ --user --group --groups --name', operands: 'text', prints: 'words' }),
  groups: tool({ operands: 'text', prints: 'words' }),
  logname: words(''),
  tty: words('-s'),
  uptime: words('-ps --pretty --since'),
  free: shows('-bkmghwtl -s= -c= --human --mega --giga --total --wide --si'),
  vmstat: shows('-asdmnStw -S= --unit='),
  iostat: shows('-cdhkmNtxyz -p='),
  mpstat: shows('-A -P='),
  help: shows('-dms'),
  lscpu: shows('-aepbcxyJ? --all --json --extended?'),
  lsmem: shows('-abJ'),
  lsblk: shows('-afmbdlnprtOJ -o= --output= --json --fs'),
  lspci: shows('-vknmtq'),
  lsusb: shows('-vt'),
  lsmod: words(''),
  ps: processes,
  top: tool({ options: '-b -n= -d= -p= -u= -o= -c -H -i -S -l= -w=', operands: 'none' }),
  pstree: shows('-acghHlnpsStuUZA'),
  lsof: tool({ options: '-nPtaUlR -i? -p= -u= -c= -d= -s= -iTCP -iUDP -sTCP:LISTEN', operands: 'names' }),
  fuser: (call, shell) =>
    call.args.some((field) => /^-[a-z]*k/.test(field.text) || field.text === '--kill')
      ? askAbout('process', 'It ends processes.', { call, shell })
      : shows('-vnmu -n=')(call, shell),
  ss: shows('-tuanlpsiemoxr460HWZK~ -f= --tcp --udp --listening --numeric --processes --all --summary'),
  netstat: shows('-tuanlprsiecvWgMo -p=? --tcp --udp --listening --numeric --programs --all'),
  ip: (call, shell) =>
    call.args.some((field) =>
      /^(?:add|del|delete|set|flush|change|replace|netns|exec|up|down)$/.test(field.text),
    ) ||
    call.args.some((field) => field.text.startsWith('-b') && field.text !== '-br' && field.text !== '-brief')
      ? askAbout('host', 'It changes the network.', { call, shell })
      : shows('-46sjpco -br -brief -json -c -color')(call, shell),
  ifconfig: (call, shell) =>
    call.args.length <= 1
      ? shows('-as')(call, shell)
      : askAbout('host', 'It changes the network.', { call, shell }),
  sw_vers: words('-productVersion -productName -buildVersion'),
  lsb_release: words('-aidrcs'),
  locale: shows('-amck'),
  getconf: shows('-a'),
  cal: shows('-13yjm -A= -B='),
  ncal: shows('-13yjm'),
  seq,
  expr: tool({ operands: 'text', prints: 'words' }),
  factor: tool({ operands: 'text', prints: 'words' }),
  numfmt: shows('--to= --from= --suffix= --padding= --format= --field= -d= --grouping'),
  yes: tool({
    operands: 'text',
    refine: (_parsed, call) => (call.piped ? undefined : ask('endless-loop', 'It prints without end.')),
  }),
  tput: shows('-T='),
  clear: words('-x'),
  reset: words(''),
  stty: asked('It changes the terminal.'),
  man,
  info: asked('It opens a page.'),
  apropos: shows(''),
  whatis: shows(''),
  tldr: shows('-p='),
  tar: archive,
  bsdtar: archive,
  gtar: archive,
  zip,
  unzip,
  zipinfo: tool({ options: '-12slmvhtTz', first: ['read'], operands: 'text' }),
  ...each('strace ltrace perf valgrind gdbserver bpftrace dtrace rlwrap tcpdump', (call, shell) =>
    call.name === 'tcpdump' && call.args.some((field) => field.text === '-z')
      ? deny('option-runs', 'tcpdump runs the program named by -z.')
      : traces(call, shell),
  ),
  ...each('screen tmux byobu', (call, shell) =>
    worst([
      askAbout('background', 'It keeps running when the session ends.', { call, shell }),
      ...call.args.map((field) =>
        field.text.includes(' ') ? shell.runSource(field.text, { stdin: noInput }) : allow(),
      ),
    ]),
  ),
  security: secrets('It reads the keychain.'),
  'secret-tool': secrets('It reads the keyring.'),
  pass: secrets('It reads the password store.'),
  op: secrets('It reads a password store.'),
  bw: secrets('It reads a password store.'),
  'ssh-add': asked('It works with keys.'),
  'ssh-keygen': asked('It works with keys.'),
  gpg,
  gpg2: gpg,
  getent: (call, shell) =>
    call.args[0]?.text === 'shadow' ? deny('secret', 'It prints password hashes.') : shows('')(call, shell),
  ...each(
    'apt apt-cache apt-get apt-cache dpkg yum dnf rpm pacman apk zypper snap flatpak brew port choco winget conda mamba',
    (call, shell) => packageManager(call, shell),
  ),
}

const packageManager = (call: Call, shell: Shell): Outcome => {
  if (isHelp(call)) return allow()
  const verb = call.args.find((field) => !field.text.startsWith('-'))?.text ?? ''
  const shown = [
    'list',
    'info',
    'show',
    'search',
    'policy',
    'deps',
    'madison',
    'depends',
    'rdepends',
    'showpkg',
    'pkgnames',
    'outdated',
    'config',
    'leaves',
    'doctor',
  ]
  const lists = call.args[0]?.text ?? ''
  if (
    (call.name === 'dpkg' && ['-l', '-L', '-S', '-s', '--list'].includes(lists)) ||
    (call.name === 'rpm' && /^-q[ailf]*$/.test(lists))
  )
    return shows('-lLSsqaif --list')(call, shell)
  return shown.includes(verb) &&
    call.args[0]?.text === verb &&
    call.args
      .slice(1)
      .every(
        (field) =>
          !field.text.startsWith('-') ||
          ['--installed', '--upgradable', '--json', '--versions', '--cask', '--formula'].includes(field.text),
      )
    ? allow()
    : askAbout('host', 'It changes what is installed.', { call, shell })
}
