import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModelError } from '@ashlar/core'
import { describeError } from './describe-error.ts'
import { createStatusLines } from './status-lines.ts'

describe('describeError', () => {
  const facts = { provider: 'openai', modelId: 'm' }
  it.each([
    [
      new ModelError('no route.', { ...facts, kind: 'network' }),
      /^no route; check the connection and the proxy/,
    ],
    [new ModelError('slow', { ...facts, kind: 'rate-limit' }), /^slow; try again later$/],
    [new ModelError('key', { ...facts, provider: 'other', kind: 'auth' }), /^key$/],
    [new ModelError('bad', { ...facts, kind: 'bad-request' }), /^bad$/],
    [new TypeError('two\nlines'), /^two lines$/],
    [new Error(''), /^Error$/],
    [{ odd: true }, /^\{"odd":true\}$/],
    ['text', /^text$/],
  ])('%s', (error, text) => {
    expect(describeError(error)).toMatch(text)
  })
})

describe('createStatusLines', () => {
  /** What a screen shows in the end: a line that is erased is gone. */
  const shown = (written: string): string[] =>
    written.split('\n').map((line) => stripVTControlCharacters(line.split('\r').at(-1) ?? ''))

  it('never mixes text and status on a line, whatever comes in which order', () => {
    const step = fc.constantFrom('text', 'line', 'pass', 'end', 'step')
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const screen = Object.assign(new PassThrough(), { isTTY: true })
        const lines = createStatusLines({ stdout: screen, stderr: screen })
        for (const kind of steps) {
          if (kind === 'text') lines.text('word ')
          else if (kind === 'line') lines.line('#status#')
          else if (kind === 'pass') lines.pass('call', '#passing#')
          else if (kind === 'end') lines.line('#ended#', 'call')
          else lines.pass('step', '#thinking#')
        }
        lines.flush()
        // Since Node 26 a stream gives one chunk a read.
        let written = ''
        for (let chunk = screen.read(); chunk !== null; chunk = screen.read()) written += String(chunk)
        for (const line of shown(written)) {
          expect(line).toMatch(/^((word )+|#status#|#ended#|#passing#|)$/)
        }
      }),
    )
  })
})
