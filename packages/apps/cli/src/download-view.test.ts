import { describe, expect, it } from 'vitest'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { createDownloadView } from './download-view.ts'

describe('createDownloadView', () => {
  it('writes a line every tenth in a pipe', () => {
    const { terminal, err, out } = fakeTerminal()
    const view = createDownloadView(terminal, 'model.gguf')
    for (let percent = 0; percent <= 100; percent++)
      view.update({ receivedBytes: percent * 2e7, totalBytes: 2e9 })
    view.end()
    const lines = err().trimEnd().split('\n')
    expect(lines).toHaveLength(11)
    expect(lines[0]).toBe('Fetching model.gguf')
    expect(lines[1]).toBe('  10 % of 2.00 GB')
    expect(lines.at(-1)).toBe('  100 % of 2.00 GB')
    expect(out()).toBe('')
  })
  it('counts hundreds of megabytes where the size is not known', () => {
    const { terminal, err } = fakeTerminal()
    const view = createDownloadView(terminal, 'model.gguf')
    for (const received of [1e6, 1.5e8, 1.6e8, 2.5e8]) view.update({ receivedBytes: received })
    view.end()
    expect(err()).toBe('Fetching model.gguf\n  150.0 MB\n  250.0 MB\n')
  })
  it('fills one line on a screen and takes it away', () => {
    const { terminal, err } = fakeTerminal({ isScreen: true })
    const view = createDownloadView(terminal, 'model.gguf')
    for (const received of [0, 5e8, 1e9]) view.update({ receivedBytes: received, totalBytes: 1e9 })
    view.end()
    const drawn = err().split('\n')[1]?.split('\r\u001B[2K') ?? []
    expect(drawn.map((line) => line.length <= 80)).not.toContain(false)
    expect(drawn[1]).toContain(`${'█'.repeat(15)}${'░'.repeat(15)}`)
    expect(drawn[1]).toContain('50 % of 1.00 GB')
    expect(drawn.at(-1)).toBe('')
  })
})
