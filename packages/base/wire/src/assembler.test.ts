import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAssembler } from './assembler.ts'

const response = { provider: 'p', modelId: 'm' }

describe('createAssembler', () => {
  it('merges the deltas of one packet, and makes parts of all of them', () => {
    const turn = createAssembler()
    turn.reasoning('hm')
    turn.reasoning('m')
    turn.text('a')
    turn.text('b')
    expect(turn.take()).toEqual([
      { type: 'reasoning-delta', text: 'hmm' },
      { type: 'part', part: { type: 'reasoning', text: 'hmm' } },
      { type: 'text-delta', text: 'ab' },
    ])
    turn.text('c')
    turn.part({ type: 'tool-call', callId: '1', name: 'x', input: {} })
    turn.usage = { inputTokens: 1, outputTokens: 2 }
    turn.finish({ reason: 'tool-calls', response })
    expect(turn.take()).toEqual([
      { type: 'text-delta', text: 'c' },
      { type: 'part', part: { type: 'text', text: 'abc' } },
      { type: 'part', part: { type: 'tool-call', callId: '1', name: 'x', input: {} } },
      { type: 'finish', reason: 'tool-calls', usage: { inputTokens: 1, outputTokens: 2 }, response },
    ])
    expect(turn.take()).toEqual([])
  })

  it('keeps deltas to itself where only parts are wanted', () => {
    const turn = createAssembler({ deltas: false })
    turn.text('abc')
    expect(turn.take()).toEqual([])
    turn.close({ p: { a: 1 } })
    expect(turn.take()).toEqual([
      { type: 'part', part: { type: 'text', text: 'abc', providerData: { p: { a: 1 } } } },
    ])
  })

  it('knows what had come when it is cut short', () => {
    const turn = createAssembler()
    expect(turn.partial()).toEqual([])
    turn.reasoning('a')
    turn.text('b')
    turn.take()
    turn.text('c')
    expect(turn.partial()).toEqual([
      { type: 'reasoning', text: 'a' },
      { type: 'text', text: 'bc' },
    ])
    expect(turn.characters).toBe(3)
  })

  it('estimates what nobody counted', () => {
    const turn = createAssembler({ estimate: (characters) => ({ inputTokens: 9, outputTokens: characters }) })
    turn.text('abc')
    turn.finish({ reason: 'stop', response })
    expect(turn.take().at(-1)).toMatchObject({ usage: { inputTokens: 9, outputTokens: 3 } })
    const alone = createAssembler()
    alone.finish({ reason: 'stop', response })
    expect(alone.take()).toMatchObject([{ usage: { inputTokens: 0, outputTokens: 0, estimated: true } }])
  })

  it('loses nothing, wherever packets end', () => {
    const step = fc.tuple(fc.constantFrom('text', 'reasoning'), fc.string(), fc.boolean())
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const turn = createAssembler()
        const events = steps.flatMap(([kind, text, packetEnds]) => {
          if (kind === 'text') turn.text(text)
          else turn.reasoning(text)
          return packetEnds ? turn.take() : []
        })
        turn.close()
        events.push(...turn.take())
        const all = (kind: string): string => steps.map(([own, text]) => (own === kind ? text : '')).join('')
        for (const kind of ['text', 'reasoning']) {
          const deltas = events.map((event) =>
            event.type === `${kind}-delta` && 'text' in event ? event.text : '',
          )
          const parts = turn.partial().map((part) => (part.type === kind && 'text' in part ? part.text : ''))
          expect(deltas.join('')).toBe(all(kind))
          expect(parts.join('')).toBe(all(kind))
        }
      }),
    )
  })
})
