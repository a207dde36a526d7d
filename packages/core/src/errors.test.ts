import { describe, expect, it } from 'vitest'
import {
  addUsage,
  AshlarError,
  InvalidArgument,
  ModelError,
  noUsage,
  PluginError,
  RunAborted,
  RunIncomplete,
} from './index.ts'

const state = { runId: 'r', messages: [], steps: 2, usage: noUsage }
const all = [
  new ModelError('busy', { kind: 'overloaded', provider: 'p', modelId: 'm' }),
  new RunIncomplete('cut', { ...state, reason: 'length', pending: [] }),
  new RunAborted(state, { cause: new Error('left') }),
  new PluginError('p', 'setup', 'text'),
  new InvalidArgument('a', 'b', 'c'),
]

describe('errors', () => {
  it('are recognised by their own class, the base, and no other', () => {
    const classes = [ModelError, RunIncomplete, RunAborted, PluginError, InvalidArgument]
    all.forEach((error, index) => {
      expect(AshlarError.isInstance(error)).toBe(true)
      expect(classes.map((kind) => kind.isInstance(error))).toEqual(
        classes.map((_, other) => other === index),
      )
    })
    expect(AshlarError.isInstance(new Error('plain'))).toBe(false)
  })

  it('are recognised across two copies of the package', () => {
    const foreign = Object.assign(new Error('x'), { name: 'ModelError', [Symbol.for('ashlar.error')]: true })
    expect(ModelError.isInstance(foreign)).toBe(true)
    expect(RunAborted.isInstance(foreign)).toBe(false)
  })

  it('carry facts and say them', () => {
    expect(all[0]).toMatchObject({ code: 'overloaded', retryable: true, provider: 'p' })
    expect(new ModelError('no', { kind: 'auth', provider: 'p', modelId: 'm' }).retryable).toBe(false)
    expect(
      new ModelError('no', { kind: 'rate-limit', retryable: false, provider: 'p', modelId: 'm' }).retryable,
    ).toBe(false)
    expect(all[2]?.message).toBe('The run was aborted: left')
    expect(new RunAborted(state).message).toBe('The run was aborted')
    expect(all[3]?.message).toBe('Plugin "p" failed in setup: text')
    expect(all[4]?.message).toBe('a: expected b, received "c"')
    for (const error of [all[1], all[2]]) expect(error).toMatchObject(state)
  })

  it('can say of anything that it was thrown or received', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const unreadable = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no')
      },
    })
    for (const odd of [Object.create(null), proxy, unreadable, Symbol('s'), 1n, undefined]) {
      expect(new PluginError('p', 'setup', odd).message).toMatch(/^Plugin "p" failed in setup: ./)
      expect(new InvalidArgument('a', 'b', odd).message).toMatch(/^a: expected b, received ./)
    }
    expect(new PluginError('p', 'setup', { message: 'from another realm' }).message).toContain(
      'another realm',
    )
  })
})

describe('addUsage', () => {
  it('adds what either side has and marks estimates', () => {
    expect(
      addUsage(
        { inputTokens: 1, outputTokens: 2, cachedInputTokens: 1 },
        { inputTokens: 3, outputTokens: 4, estimated: true },
      ),
    ).toEqual({
      inputTokens: 4,
      outputTokens: 6,
      cachedInputTokens: 1,
      estimated: true,
    })
  })
})
