import { describe, expect, it, vi } from 'vitest'
import { isNodeFit, run } from './bootstrap.mjs'

describe('isNodeFit', () => {
  it.each(['22.18.0', '22.22.1', '24.11.0', '24.21.0', '26.0.0', '27.1.0'])('accepts %s', (version) => {
    expect(isNodeFit(version)).toBe(true)
  })

  it.each(['18.20.0', '20.20.2', '22.17.1', '23.11.0', '24.10.9', '25.9.0', ''])('refuses %s', (version) => {
    expect(isNodeFit(version)).toBe(false)
  })
})

describe('run', () => {
  const node = (code, options) => run(process.execPath, ['--eval', code], options)

  it('gives the exit code of the command', async () => {
    expect([await node('0'), await node('process.exit(3)')]).toEqual([0, 3])
  })

  it('gives 128 and the number of the signal that ended it', async () => {
    expect(await node("process.kill(process.pid, 'SIGTERM')")).toBe(143)
  })

  it('shows the output of a quiet command only when it fails', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    await node("console.log('well')", { quiet: true })
    expect(write).not.toHaveBeenCalled()
    await node("console.log('badly'); process.exit(1)", { quiet: true })
    expect(String(write.mock.calls[0][0])).toBe('badly\n')
    write.mockRestore()
  })

  it('says when there is no such command', async () => {
    await expect(run('no-such-command-here', [])).rejects.toThrow('ENOENT')
  })
})
