import { createWireServer } from '@ashlar/testing/wire'
import { describe, expect, it } from 'vitest'
import { fakeTerminal } from '../fixtures/terminal.ts'

const openaiAt = (url: string) => ({ OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: `${url}/v1` })

describe('ashlar chat', () => {
  it('keeps the transcript from line to line, and drops it at /clear', async () => {
    await using server = await createWireServer({ answers: ['Hello Ada', 'You are Ada', 'I do not know'] })
    const { run, out } = fakeTerminal({
      env: openaiAt(server.url),
      stdin: 'I am Ada\n\nWho am I?\n/help\n/clear\nWho am I?\n/exit\nnot read\n',
    })
    expect(await run('chat')).toBe(0)
    expect(out()).toBe('Hello Ada\nYou are Ada\nI do not know\n')
    const counts = server.requests.map(({ body }) => JSON.stringify(body).split('"role":').length - 1)
    expect(counts).toEqual([1, 3, 1])
  })
  it('ends with the input', async () => {
    expect(await fakeTerminal().run('chat', 'open')).toBe(0)
  })
  it('ends a pipe with 1 when an answer fails', async () => {
    await using server = await createWireServer({ answers: [{ fault: { status: 401 } }] })
    const { run, err } = fakeTerminal({ env: openaiAt(server.url), stdin: 'hello\nmore\n' })
    expect(await run('chat')).toBe(1)
    expect(err()).toContain('check OPENAI_API_KEY')
    expect(server.requests).toHaveLength(1)
  })
  it('ends a pipe with 3 at a pending call, unless --yes', async () => {
    expect(await fakeTerminal({ stdin: 'go\ny\n' }).run('chat', 'booking')).toBe(3)
    expect(await fakeTerminal({ stdin: 'go\n' }).run('chat', 'booking', '--yes')).toBe(0)
  })
  it('asks a person about pending calls, and says when an answer is cut off', async () => {
    const screen = fakeTerminal({ isScreen: true })
    const ended = screen.run('chat', 'booking')
    await screen.shows('Talking to booking')
    screen.type('go')
    await screen.shows('Run it?')
    screen.type('yes')
    await screen.shows('booked Oslo')
    await screen.shows('3 steps')
    screen.type('/exit')
    expect(await ended).toBe(0)

    const other = fakeTerminal({ isScreen: true })
    const cut = other.run('chat', 'cut')
    other.type('go')
    await other.shows('The answer was cut off')
    other.type('/quit')
    expect(await cut).toBe(0)
  })
  it('goes on after a failure on a screen, without the question that failed', async () => {
    await using server = await createWireServer({ answers: [{ fault: { status: 503 } }, 'better'] })
    const screen = fakeTerminal({ isScreen: true, env: openaiAt(server.url) })
    const ended = screen.run('chat')
    screen.type('first')
    await screen.shows('Error:')
    screen.type('second')
    await screen.shows('better')
    screen.type('/exit')
    expect(await ended).toBe(0)
    expect(JSON.stringify(server.requests[1]?.body)).not.toContain('first')
  })
  it('stops an answer at the first Ctrl-C and leaves at the second', async () => {
    const screen = fakeTerminal({ isScreen: true })
    const ended = screen.run('chat', 'endless')
    screen.type('go')
    await screen.shows('I am thinking')
    screen.pressCtrlC()
    await screen.shows('Interrupted')
    screen.type('again')
    await screen.shows('I am thinking', 2)
    screen.interrupt()
    await screen.shows('Interrupted', 2)
    screen.pressCtrlC()
    await screen.shows('Ctrl-C again leaves')
    screen.pressCtrlC()
    expect(await ended).toBe(130)
  })
})
