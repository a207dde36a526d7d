import { createCommandPolicy } from '../src/policy/create-command-policy.ts'
import { tuneCommands } from '../src/policy/fixture-commands.ts'

// `node scripts/speed.ts`: how long a verdict takes after warm-up, for one command and for 10 kB of shell.
const policy = createCommandPolicy()
const context = { cwd: process.cwd() }
const commands = tuneCommands().map((row) => row.command)
for (let turn = 0; turn < 3; turn++) for (const command of commands) policy(command, context)

const times = commands.flatMap((command) =>
  Array.from({ length: 5 }, () => {
    const started = performance.now()
    policy(command, context)
    return performance.now() - started
  }),
)
times.sort((first, second) => first - second)
const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(3)
console.log(
  `one command: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms`,
)

const script = `ls -la src
cd packages/core && npm test
for f in src/*.ts; do wc -l "$f"; done
git log --oneline -n 20 | head -5
if [ -f package.json ]; then jq .name package.json; fi
x=$(git rev-parse HEAD); echo "at $x"
grep -rn 'createAgent' src | sort | uniq -c
`.repeat(45)
const long = script.slice(0, script.lastIndexOf('\n', 10_240))
const runs = Array.from({ length: 15 }, () => {
  const started = performance.now()
  policy(long, context)
  return performance.now() - started
}).toSorted((first, second) => first - second)
console.log(
  `${long.length} characters of shell: median ${(runs[7] ?? 0).toFixed(1)} ms, fastest ${(runs[0] ?? 0).toFixed(1)} ms`,
)
