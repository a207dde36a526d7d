import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'ashlar-mcp-files-'))
mkdirSync(join(folder, 'notes'))
writeFileSync(
  join(folder, 'notes/quarry.md'),
  '# The quarry\n\nLimestone is cut from the quarry in blocks.\n',
)
writeFileSync(join(folder, 'notes/tools.md'), '# Tools\n\nA chisel and a mallet dress the stone.\n')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (words: readonly string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...words], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', OLLAMA_HOST: '127.0.0.1:1' },
    timeout: 18_000,
  })

describe('mcp-files', () => {
  it('reads the files of a folder through the MCP server, without a key', () => {
    const { status, stdout, stderr } = run([join(folder, 'notes')])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Model: local\/offline-rules/)
    expect(stdout).toMatch(/through .*list_directory/)
    expect(stdout).toMatch(/list_directory .*: done/)
    expect(stdout).toMatch(/read_text_file .*quarry\.md.*: done/)
    expect(stdout).toMatch(/Limestone/)
  })
  it('cannot leave the folder', () => {
    const { status, stdout } = run([join(folder, 'notes'), 'Read the file /etc/hostname'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/read_text_file .*Access denied/)
  })
  it('says in one line what is wrong', () => {
    const { status, stderr } = run([join(folder, 'nowhere')])
    expect(status).toBe(1)
    expect(stderr).toMatch(/^Error: .*nowhere.*\n$/)
  })
})
