import { each } from './named-judges.ts'
import { allow, ask, deny, noInput, worst } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { askAbout, isHelp, tool } from '../tool.ts'
import { kill, killByName, namesProcesses, service, crontab, later } from './processes.ts'
import { archive, sevenZip, zip, unzip } from './archives.ts'
import {
  shows,
  words,
  firewall,
  disk,
  date,
  hostname,
  processes,
  man,
  traces,
  gpg,
  seq,
  packageManager,
} from './machine.ts'

const refused =
  (rule: string, why: string): Judge =>
  (call) =>
    isHelp(call) ? allow() : deny(rule, why)

const asked =
  (why: string): Judge =>
  (call, shell) =>
    isHelp(call) ? allow() : askAbout('host', why, { call, shell })

const statusOnly =
  (why: string): Judge =>
  (call, shell) =>
    call.args.length === 0 ||
    (call.args.length === 1 && ['status', 'show', '--version', '--help'].includes(call.args[0]?.text ?? ''))
      ? allow()
      : askAbout('host', why, { call, shell })

const named = (names: string, judge: Judge): Readonly<Record<string, Judge>> =>
  Object.fromEntries(each(names, judge))

const secrets =
  (why: string): Judge =>
  () =>
    deny('secret', why)

export const systemJudges: Readonly<Record<string, Judge>> = {
  ...named('shutdown reboot halt poweroff init telinit kexec', refused('host', 'It stops the machine.')),
  ...named(
    'mkfs mkfs.ext2 mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mkfs.ntfs mke2fs mkswap wipefs blkdiscard sgdisk cfdisk',
    refused('device', 'It destroys what is on a disk.'),
  ),
  ...named('fdisk sfdisk parted gdisk', disk(['-l', '--list', 'print'])),
  ...named(
    'hdparm cryptsetup mdadm lvremove vgremove pvremove lvchange zpool zfs btrfs badblocks dmsetup',
    disk(['list', 'status', 'show', '-I', '-i']),
  ),
  diskutil: disk(['list', 'info']),
  ...named(
    'useradd adduser usermod userdel groupadd groupmod gpasswd passwd chpasswd visudo vipw chsh chfn newusers setcap capsh pam-auth-update',
    refused('privilege', 'It changes who may do what on the machine.'),
  ),
  sysctl: (call, shell) =>
    call.args.length > 0 &&
    call.args.every(
      (field) =>
        !field.text.includes('=') &&
        !['-w', '-p', '-f', '--system', '--write', '--load'].some((name) => field.text.startsWith(name)),
    )
      ? tool({ options: '-naeNb --values --all', operands: 'text' })(call, shell)
      : deny('host', 'It changes the kernel.'),
  ...named(
    'insmod modprobe rmmod setenforce aa-disable aa-teardown auditctl swapoff umount bpftool kmod csrutil spctl tccutil',
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
  ...named('iptables ip6tables nft ufw firewall-cmd pfctl', firewall),
  kill,
  pkill: killByName,
  killall: killByName,
  killall5: refused('denial-of-service', 'It ends every process.'),
  pgrep: namesProcesses('-flanoxcvi -u= -P= -t= -d= -g= --list-name --full --count'),
  pidof: namesProcesses('-sxcq'),
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
  hostnamectl: statusOnly('It changes the name of the machine.'),
  timedatectl: statusOnly('It changes the clock.'),
  localectl: statusOnly('It changes the language of the machine.'),
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
  lsof: tool({ options: '-nPtaUlR -i? -p= -u= -c= -d= -s=', operands: 'names' }),
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
  '7z': sevenZip,
  '7za': sevenZip,
  '7zz': sevenZip,
  zipinfo: tool({ options: '-12slmvhtTz', first: ['read'], operands: 'text' }),
  ...named('strace ltrace perf valgrind gdbserver bpftrace dtrace rlwrap tcpdump', (call, shell) =>
    call.name === 'tcpdump' && call.args.some((field) => field.text === '-z')
      ? deny('option-runs', 'tcpdump runs the program named by -z.')
      : traces(call, shell),
  ),
  ...named('screen tmux byobu', (call, shell) =>
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
  ...named(
    'apt apt-cache apt-get apt-cache dpkg yum dnf rpm pacman apk zypper snap flatpak brew port choco winget conda mamba',
    (call, shell) => packageManager(call, shell),
  ),
}
