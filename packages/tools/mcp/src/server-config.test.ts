import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expandVariables, type VariableSource } from './expand-variables.ts'
import { resolveDefinition } from './resolve-definition.ts'
import { createSecrets } from './secrets.ts'
import { readServerConfig } from './server-config.ts'

const claude = {
  mcpServers: {
    github: {
      type: 'http',
      url: 'https://${HOST:-example.com}/mcp',
      headers: { Authorization: 'Bearer ${GITHUB_TOKEN}' },
    },
    files: {
      command: 'npx',
      args: ['-y', '@modelcontextprotocol/server-filesystem', '${HOME}'],
      env: { LEVEL: 'info' },
    },
    old: { type: 'sse', url: 'http://127.0.0.1:1/sse', timeout: 5000 },
  },
}
const vscode = `{
  // as the editor writes it
  "inputs": [{ "type": "promptString", "id": "key", "description": "The key", "password": true }],
  "servers": {
    "search": {
      "type": "stdio",
      "command": "\${workspaceFolder}/bin/search",
      "envFile": "\${workspaceFolder}/.env",
      "env": { "API_KEY": "\${input:key}", "USER_NAME": "\${env:NAME}" },
    },
  },
}`
const opencode = {
  $schema: 'https://opencode.ai/config.json',
  mcp: {
    local: {
      type: 'local',
      command: ['bun', 'x', 'server'],
      environment: { KEY: '{env:NAME}' },
      enabled: true,
      timeout: 5000,
    },
    away: {
      type: 'remote',
      url: 'https://example.com/mcp',
      headers: { key: '{file:secret.txt}' },
      enabled: false,
    },
  },
}

const secrets = createSecrets()
const source: VariableSource = {
  server: 'one',
  env: { NAME: 'ann', GITHUB_TOKEN: 'ghp_0123456789abcdef', HOME: '/home/ann' },
  inputs: [
    { id: 'key', password: true },
    { id: 'region', default: 'eu' },
    { id: 'lost', description: 'What nobody knows' },
  ],
  onInput: ({ id, default: fallback }) =>
    id === 'key' ? 'typed-secret' : (fallback ?? Promise.reject(new Error('asked'))),
  folder: '/projects/place',
  readFile: async (path) => (path.endsWith('.env') ? 'FROM_FILE=1\nAPI_KEY=other\n' : 'file-secret-1\n'),
  secrets,
}

describe('readServerConfig', () => {
  it('takes what Claude Code writes', () => {
    const { servers } = readServerConfig(claude)
    expect(servers).toEqual({
      github: {
        type: 'http',
        url: 'https://${HOST:-example.com}/mcp',
        headers: { Authorization: 'Bearer ${GITHUB_TOKEN}' },
      },
      files: {
        type: 'stdio',
        command: 'npx',
        args: ['-y', '@modelcontextprotocol/server-filesystem', '${HOME}'],
        env: { LEVEL: 'info' },
      },
      old: { type: 'sse', url: 'http://127.0.0.1:1/sse', timeoutMs: 5000 },
    })
  })
  it('takes what VS Code writes, comments and trailing commas included', () => {
    const { servers, inputs } = readServerConfig(vscode)
    expect(inputs).toEqual([{ id: 'key', description: 'The key', password: true }])
    expect(servers['search']).toMatchObject({ type: 'stdio', envFile: '${workspaceFolder}/.env' })
    expect(readServerConfig({ mcp: { servers: { a: { command: 'b' } } } }).servers).toHaveProperty('a')
  })
  it('takes what OpenCode writes', () => {
    expect(readServerConfig(opencode).servers).toEqual({
      local: { type: 'stdio', command: 'bun', args: ['x', 'server'], env: { KEY: '{env:NAME}' } },
      away: {
        type: 'http',
        url: 'https://example.com/mcp',
        headers: { key: '{file:secret.txt}' },
        disabled: true,
      },
    })
  })
  it('reads its own result the same again', () => {
    for (const config of [claude, vscode, opencode]) {
      const once = readServerConfig(config)
      expect(readServerConfig(once)).toEqual(once)
    }
  })
  it('names the place of what is wrong', () => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [{ mcpServers: { a: { args: [] } } }, /^config\.mcpServers\.a\.url: expected a text/],
      [
        { mcpServers: { a: { command: 'x', args: [1] } } },
        /^config\.mcpServers\.a\.args\[0\]: expected a text, received 1/,
      ],
      [
        { mcpServers: { a: { type: 'ws', url: 'x' } } },
        /^config\.mcpServers\.a\.type: expected stdio, local, http/,
      ],
      [
        { mcpServers: { a: { command: 'x', env: { B: {} } } } },
        /^config\.mcpServers\.a\.env\.B: expected a text/,
      ],
      [
        { mcpServers: { a: { command: 'x', timeout: -1 } } },
        /^config\.mcpServers\.a\.timeout: expected a number of milliseconds/,
      ],
      [{ servers: { a: { command: 'x' } }, inputs: [{}] }, /^config\.inputs\[0\]\.id/],
      [{ other: 1 }, /^config: expected an object with mcpServers, servers, mcp, received "other"/],
      ['{ "mcpServers": { ', /^config: expected JSON, with comments if you like, received ".* in line 1"/],
    ]
    for (const [config, message] of wrong) expect(() => readServerConfig(config)).toThrow(message)
  })
})

describe('resolveDefinition', () => {
  const resolved = async (config: unknown, name: string) => {
    const definition = readServerConfig(config).servers[name]
    if (!definition) throw new Error('no such server')
    return resolveDefinition(definition, source)
  }
  it('expands variables as each client does', async () => {
    expect(await resolved(claude, 'github')).toMatchObject({
      url: 'https://example.com/mcp',
      headers: { Authorization: 'Bearer ghp_0123456789abcdef' },
    })
    expect(await resolved(vscode, 'search')).toEqual({
      type: 'stdio',
      command: '/projects/place/bin/search',
      env: { FROM_FILE: '1', API_KEY: 'typed-secret', USER_NAME: 'ann' },
    })
    expect(await resolved(opencode, 'local')).toMatchObject({ env: { KEY: 'ann' } })
    expect(await resolved(opencode, 'away')).toMatchObject({ headers: { key: 'file-secret-1' } })
    expect(secrets.hide('ghp_0123456789abcdef typed-secret file-secret-1')).toBe('[secret] [secret] [secret]')
  })
  it('says which variable is missing, and where to set it', async () => {
    const expand = (text: string) => expandVariables(text, source)
    await expect(expand('${NOWHERE}')).rejects.toThrow('one: the environment variable NOWHERE is not set')
    await expect(expand('${input:other}')).rejects.toThrow(
      'needs the input "other", which its file does not declare',
    )
    await expect(expand('${input:lost}')).rejects.toThrow('asked')
    await expect(expand('${command:pick}')).rejects.toThrow('can only be known inside the editor')
    const { onInput: _, ...alone } = source
    await expect(expandVariables('${input:lost}', alone)).rejects.toThrow('"lost": What nobody knows')
    expect(await expandVariables('${input:region}', alone)).toBe('eu')
    expect(await expand('${env:NOWHERE}|${NOWHERE:-}|${userHome}')).toBe('||/home/ann')
  })
  it('does not expand what a value contains, and leaves everything else alone', async () => {
    const tricky = { ...source, env: { A: '${B}', B: 'no' } }
    expect(await expandVariables('${A} $A {x} ${not a name} $', tricky)).toBe('${B} $A {x} ${not a name} $')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom('a', '$', '}', ' ', '\\', '\n') }), async (text) => {
        expect(await expandVariables(text, source)).toBe(text)
      }),
    )
  })
})
