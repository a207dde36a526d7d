import { InvalidArgument } from '@ashlar/core'
import { fakeClock, seededRandom } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventType } from './workflow-event.ts'
import { WorkflowError } from './workflow-error.ts'
import type { WorkflowProgress } from './workflow-run.ts'
import { step } from './workflow-step.ts'
import { createWorkflow } from './workflow.ts'

const start = eventType<string>('start')
const part = eventType<string>('part')
const done = eventType<string>('done')
const stop = eventType<string>('stop')

const pause = async (ticks: number): Promise<void> => {
  for (let left = ticks; left > 0; left--) await Promise.resolve()
}

describe('createWorkflow', () => {
  it('fans out and in', async () => {
    const workflow = createWorkflow({
      steps: [
        step(start, ({ data }) => data.split(' ').map(part)),
        step(part, async ({ data }) => done(data.toUpperCase())),
        step(done, (event, { collect }) => {
          const all = collect(event, 3)
          return all && stop(all.toSorted().join(' '))
        }),
      ],
    })
    const progress: WorkflowProgress[] = []
    const run = workflow.run(start('a b c'), stop, { onProgress: (one) => void progress.push(one) })
    expect(await run.result).toBe('A B C')
    const types = progress.map(({ type }) => type)
    expect([types[0], types.at(-1)]).toEqual(['workflow-started', 'workflow-completed'])
    expect(types.filter((type) => type === 'stage-completed')).toHaveLength(7)
    const events: string[] = []
    for await (const { type } of run) events.push(type)
    expect(events.toSorted()).toEqual(['done', 'done', 'done', 'part', 'part', 'part', 'start', 'stop'])
  })

  it('loops, and branches by the type of what a step gives', async () => {
    const draft = eventType<number>('draft')
    const workflow = createWorkflow({
      steps: [
        step(start, () => draft(0)),
        step(draft, ({ data }) => (data < 5 ? draft(data + 1) : stop(`after ${data}`))),
      ],
    })
    expect(await workflow.run(start('go'), stop).result).toBe('after 5')
  })

  it('waits for a person', async () => {
    const question = eventType<string>('question')
    const answer = eventType<{ by: string; text: string }>('answer')
    const workflow = createWorkflow({
      steps: [
        step(start, async ({ data }, { send, waitFor }) => {
          send(question(`May I ${data}?`))
          const { text } = await waitFor(answer, ({ by }) => by === 'Ann')
          return stop(text)
        }),
      ],
    })
    const run = workflow.run(start('go'), stop)
    for await (const event of run) {
      if (!question.is(event)) continue
      run.send(answer({ by: 'Bob', text: 'no' }), answer({ by: 'Ann', text: `${event.data} Yes.` }))
      break
    }
    expect(await run.result).toBe('May I go? Yes.')
  })

  it('runs no more of a step at once than it may, and all of it in the end', async () => {
    const plan = fc.record({
      parts: fc.integer({ min: 1, max: 15 }),
      concurrency: fc.integer({ min: 1, max: 4 }),
      seed: fc.nat(),
    })
    await fc.assert(
      fc.asyncProperty(plan, async ({ parts, concurrency, seed }) => {
        const random = seededRandom(seed)
        let running = 0
        const workflow = createWorkflow({
          steps: [
            step(start, () => Array.from({ length: parts }, (_, i) => part(`${i}`))),
            step(
              part,
              async ({ data }) => {
                expect(++running).toBeLessThanOrEqual(concurrency)
                await pause(Math.floor(random() * 6))
                running--
                return done(data)
              },
              { concurrency },
            ),
            step(done, (event, { collect }) => {
              const all = collect(event, parts)
              return all && stop(`${new Set(all).size}`)
            }),
          ],
        })
        expect(await workflow.run(start(''), stop).result).toBe(`${parts}`)
      }),
    )
  })

  it('a step that fails ends it, and aborts the others', async () => {
    let aborted: unknown
    const workflow = createWorkflow({
      steps: [
        step(start, () => [part('x'), done('y')]),
        step(part, () => {
          throw new Error('broken')
        }),
        step(done, async (_, { signal }) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          aborted = signal.reason
        }),
      ],
    })
    const run = workflow.run(start('go'), stop)
    await expect(run.result).rejects.toMatchObject({
      code: 'step-failed',
      stage: 'part',
      message: 'Step "part" failed: broken',
    })
    await expect(
      (async () => {
        for await (const _ of run);
      })(),
    ).rejects.toSatisfy(WorkflowError.isInstance)
    expect(WorkflowError.isInstance(aborted)).toBe(true)
  })

  it('says when it is stuck', async () => {
    const workflow = createWorkflow({ steps: [step(start, () => part('nobody takes this'))] })
    await expect(workflow.run(start('go'), stop).result).rejects.toMatchObject({ code: 'stuck' })
  })

  it('ends at its timeout, that of a step, and by its signal', async () => {
    const clock = fakeClock()
    const never = () => new Promise<never>(() => {})
    const slow = createWorkflow({ clock, timeoutMs: 1_000, steps: [step(start, never)] })
    const whole = slow.run(start('go'), stop).result
    const one = createWorkflow({ clock, steps: [step(start, never, { timeoutMs: 500, name: 'slow' })] })
    const single = one.run(start('go'), stop).result
    await pause(5)
    await clock.advance(1_000)
    await expect(whole).rejects.toMatchObject({ code: 'timeout' })
    await expect(single).rejects.toMatchObject({
      code: 'step-failed',
      message: 'Step "slow" failed: Step "slow" took longer than 500 ms',
    })
    const controller = new AbortController()
    const aborted = slow.run(start('go'), stop, { signal: controller.signal }).result
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
    await expect(
      slow.run(start('go'), stop, { signal: AbortSignal.abort(new Error('before')) }).result,
    ).rejects.toThrow('before')
  })

  it('ends by what a watcher throws, and with a wait for nobody', async () => {
    const workflow = createWorkflow({ steps: [step(start, (_, { waitFor }) => waitFor(part).then(stop))] })
    const watched = workflow.run(start('go'), stop, {
      onProgress: ({ type }) => {
        if (type === 'stage-started') throw new Error('bad watcher')
      },
    })
    await expect(watched.result).rejects.toThrow('bad watcher')
  })

  it('refuses what is no workflow', () => {
    expect(() => createWorkflow({ steps: [] })).toThrow(InvalidArgument)
    expect(() => createWorkflow({ steps: [step(start, () => {}), step(start, () => {})] })).toThrow(
      'names that differ',
    )
    expect(() => step([], () => {})).toThrow(InvalidArgument)
    expect(() => step(start, () => {}, { concurrency: 0 })).toThrow(InvalidArgument)
  })

  it('keeps what a person says early: before it begins, or before it waits', async () => {
    const answer = eventType<string>('answer')
    const gate = Promise.withResolvers<void>()
    const workflow = createWorkflow({
      steps: [
        step(start, async (_, { waitFor }) => {
          await gate.promise
          return stop(`${await waitFor(answer)} ${await waitFor(answer, (text) => text !== 'two')}`)
        }),
      ],
    })
    const run = workflow.run(start('go'), stop)
    run.send(answer('one'))
    await pause(5)
    run.send(answer('two'), answer('three'))
    gate.resolve()
    expect(await run.result).toBe('one three')
    // Nobody takes this, and it is no reason to go on.
    const stuck = createWorkflow({ steps: [step(start, () => {})] }).run(start('go'), stop)
    stuck.send(answer('one'))
    await expect(stuck.result).rejects.toMatchObject({ code: 'stuck' })
  })

  it.each([Number.NaN, -1, 0])('refuses a time of %d', (timeoutMs) => {
    const steps = [step(start, () => {})]
    expect(() => createWorkflow({ steps, timeoutMs })).toThrow(InvalidArgument)
    expect(() => step(start, () => {}, { timeoutMs })).toThrow(InvalidArgument)
    expect(() => createWorkflow({ steps }).run(start('go'), stop, { timeoutMs })).toThrow(InvalidArgument)
  })
})
