import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createMcpServer } from '../src/server/index.ts'
import { plainTools } from './plain-tools.ts'

const run = promisify(execFile)

/** Too big for every clone, so it is fetched where it is asked for. */
const version = '2.12.0'

/** Whether the inspector's command line, a client that is not ours, can use our server over stdio and HTTP. */
export const tryInspector = async (
  folder: string,
): Promise<{ readonly passed: number; readonly failed: number }> => {
  const cli = join(folder, 'node_modules/.bin/mcp-inspector')
  if (!existsSync(cli)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
    try {
      await run('npm', ['install', ...flags, `@modelcontextprotocol/inspector@${version}`], { cwd: folder })
    } catch {
      console.log('inspector: NOT RUN, it could not be installed')
      return { passed: 0, failed: 0 }
    }
  }
  await using http = await createMcpServer({ name: 'inspected', tools: plainTools }).listen()
  const echo = join(import.meta.dirname, '../src/echo-server.ts')
  const config = join(folder, 'echo.json')
  writeFileSync(config, JSON.stringify({ mcpServers: { echo: { command: process.execPath, args: [echo] } } }))
  const overStdio = ['--config', config, '--server', 'echo']
  const cases: readonly (readonly [args: readonly string[], expected: string])[] = [
    [[...overStdio, '--method', 'tools/list'], '"picture"'],
    [
      [...overStdio, '--method', 'tools/call', '--tool-name', 'add', '--tool-arg', 'a=20', 'b=22'],
      '"sum": 42',
    ],
    [[http.url, '--method', 'tools/list'], '"test_simple_text"'],
    [[http.url, '--method', 'tools/call', '--tool-name', 'test_simple_text'], 'simple text response'],
  ]
  let passed = 0
  for (const [args, expected] of cases) {
    const { stdout } = await run(cli, ['--cli', ...args], { timeout: 60_000 }).catch(() => ({ stdout: '' }))
    if (stdout.includes(expected)) passed += 1
    else console.log(`  FAILED inspector ${args.join(' ')}: ${stdout.slice(0, 500)}`)
  }
  console.log(`inspector ${version}: ${passed} of ${cases.length}`)
  return { passed, failed: cases.length - passed }
}
