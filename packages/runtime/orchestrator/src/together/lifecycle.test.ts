import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLifecycle, type Lifecycle, LifecycleError, type LifecycleEvent } from './lifecycle.ts'

const moves = ['start', 'pause', 'resume', 'stop', 'dispose', 'fail'] as const

/** The table of an agent's life, written down a second time. */
const after: Readonly<Record<string, Partial<Record<(typeof moves)[number], string>>>> = {
  created: { start: 'running', dispose: 'disposed' },
  running: { pause: 'paused', stop: 'stopped', dispose: 'disposed', fail: 'error' },
  paused: { resume: 'running', stop: 'stopped', dispose: 'disposed', fail: 'error' },
  stopped: { start: 'running', dispose: 'disposed' },
  error: { start: 'running', stop: 'stopped', dispose: 'disposed' },
  disposed: { dispose: 'disposed' },
}

const make = (life: Lifecycle, move: (typeof moves)[number]): Promise<void> =>
  move === 'fail' ? life.fail(new Error('x')) : life[move]()

describe('createLifecycle', () => {
  it('makes the moves of its table, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...moves), { maxLength: 20 }), async (asked) => {
        const life = createLifecycle()
        let expected = 'created'
        for (const move of asked) {
          const next = after[expected]?.[move]
          if (next === undefined) await expect(make(life, move)).rejects.toSatisfy(LifecycleError.isInstance)
          else await make(life, move)
          expected = next ?? expected
          expect(life.state).toBe(expected)
        }
      }),
    )
  })

  it('makes moves that are asked for at once one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...moves), { maxLength: 12 }), async (asked) => {
        const life = createLifecycle({ initialize: () => Promise.resolve(), stop: () => Promise.resolve() })
        const results = await Promise.allSettled(asked.map((move) => make(life, move)))
        let expected = 'created'
        for (const [i, move] of asked.entries()) {
          const next = after[expected]?.[move]
          expect(results[i]?.status).toBe(next === undefined ? 'rejected' : 'fulfilled')
          expected = next ?? expected
        }
        expect(life.state).toBe(expected)
      }),
    )
  })

  it('tells before and after, and a listener can stop a move', async () => {
    const life = createLifecycle()
    const told: string[] = []
    const leave = life.onChange(({ phase, from, to }) => void told.push(`${phase} ${from} → ${to}`))
    await life.start()
    leave()
    await life.pause()
    expect(told).toEqual([
      'before created → initializing',
      'after created → initializing',
      'before initializing → running',
      'after initializing → running',
    ])
    life.onChange(({ phase, to }) => {
      if (phase === 'before' && to === 'stopped') throw new Error('not now')
    })
    await expect(life.stop()).rejects.toThrow('not now')
    expect(life.state).toBe('paused')
  })

  it('what fails on the way leads to error, with the error', async () => {
    const events: LifecycleEvent[] = []
    const life = createLifecycle({
      initialize: () => {
        throw new Error('no disk')
      },
    })
    life.onChange((event) => void events.push(event))
    await expect(life.start()).rejects.toThrow('no disk')
    expect([life.state, events.at(-1)?.error]).toEqual(['error', new Error('no disk')])
  })

  it('stops before it is disposed of, also by `await using`', async () => {
    const did: string[] = []
    {
      await using life = createLifecycle({
        stop: () => void did.push('stop'),
        dispose: () => void did.push('dispose'),
      })
      await life.start()
    }
    expect(did).toEqual(['stop', 'dispose'])
  })

  it('may fail itself while it is initialized', async () => {
    const life: Lifecycle = createLifecycle({
      initialize: async () => {
        await life.fail(new Error('no licence'))
      },
    })
    await expect(life.start()).rejects.toThrow('no licence')
    expect(life.state).toBe('error')
    await life.dispose()
    expect(life.state).toBe('disposed')
  })

  it('a veto before it runs leaves it where it can be started again', async () => {
    const life = createLifecycle()
    const off = life.onChange(({ phase, to }) => {
      if (phase === 'before' && (to === 'running' || to === 'error')) throw new Error('not yet')
    })
    await expect(life.start()).rejects.toThrow('not yet')
    expect(life.state).toBe('error')
    off()
    await life.start()
    expect(life.state).toBe('running')
  })
})

/** What comes of a promise that may never settle. */
const settles = async (promise: Promise<unknown>): Promise<string> => {
  const stuck = new Promise<string>((resolve) => setTimeout(resolve, 2_000, 'stuck'))
  return Promise.race([promise.then(() => 'done', String), stuck])
}

describe('a move asked for inside another', () => {
  it.each([
    ['pause', 'paused'],
    ['stop', 'stopped'],
    ['dispose', 'disposed'],
  ] as const)('%s() may be awaited in an action, and is made after it', async (move, state) => {
    let seen = ''
    const life: Lifecycle = createLifecycle({
      initialize: async () => {
        await life[move]()
        await Promise.resolve()
        seen = life.state
      },
    })
    expect(await settles(life.start())).toBe('done')
    expect([seen, life.state]).toEqual(['initializing', state])
  })

  it('may be awaited in a listener too, by several lives at once, and comes before what others asked for', async () => {
    const told: string[] = []
    const other: Lifecycle = createLifecycle({ initialize: () => life.pause() })
    const life: Lifecycle = createLifecycle({ initialize: () => other.start() })
    life.onChange(async ({ phase, to }) => {
      if (phase === 'after') told.push(to)
      if (phase === 'after' && to === 'paused') await life.stop()
    })
    const [first, second] = [life.start(), life.dispose()]
    expect(await settles(Promise.all([first, second]))).toBe('done')
    expect(told).toEqual(['initializing', 'running', 'paused', 'stopped', 'disposed'])
    expect(other.state).toBe('running')
  })

  it('fail() may be awaited in a listener', async () => {
    const life = createLifecycle()
    life.onChange(async ({ phase, to }) => {
      if (phase === 'after' && to === 'running') await life.fail(new Error('too hot'))
    })
    expect(await settles(life.start())).toBe('done')
    expect(life.state).toBe('error')
  })

  it('that cannot be made is told by the move under way', async () => {
    const life: Lifecycle = createLifecycle({ initialize: () => life.resume() })
    expect(await settles(life.start())).toContain('LifecycleError')
    expect(life.state).toBe('running')
    const broken: Lifecycle = createLifecycle({
      initialize: async () => {
        await broken.stop()
        throw new Error('no disk')
      },
    })
    expect(await settles(broken.start())).toBe('Error: no disk')
    expect(broken.state).toBe('stopped')
  })

  it('control: what an action began is no part of it once it is over', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    let later: Promise<string> | undefined
    const life: Lifecycle = createLifecycle({
      initialize: () => {
        later = gate.then(() => life.stop()).then(() => life.state)
      },
    })
    await life.start()
    open()
    // It waits for the move that it asks for.
    expect(await later).toBe('stopped')
  })
})
