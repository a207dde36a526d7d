import { createAgent, userText } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { manyTools } from '../fixtures/many-tools.ts'
import { paraphrases, questions } from '../fixtures/tool-questions.ts'
import { createToolIndex } from './tool-index.ts'
import { toolSearch } from './tool-search.ts'

const index = createToolIndex(manyTools)

/** The share of the right tools that are among the first five, averaged over the questions. */
const recallAt5 = (asked: typeof questions, find: (question: string) => readonly string[]): number => {
  const recalls = asked.map(([question, ...right]) => {
    const found = new Set(find(question).slice(0, 5))
    return right.filter((name) => found.has(name)).length / right.length
  })
  return recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length
}

const half = (odd: boolean): typeof questions => questions.filter((_, i) => (i % 2 === 1) === odd)

describe('finding among 200 tools', () => {
  it('has the right tool among five for most questions, held-out ones too', () => {
    expect(Object.keys(manyTools)).toHaveLength(200)
    expect(questions.length).toBeGreaterThanOrEqual(60)
    const names = new Set(Object.keys(manyTools))
    expect(questions.flatMap(([, ...right]) => right).filter((name) => !names.has(name))).toEqual([])
    const find = (question: string): string[] => index.search(question, 5)
    const figures = {
      tuned: recallAt5(half(false), find),
      heldOut: recallAt5(half(true), find),
      paraphrased: recallAt5(paraphrases, find),
    }
    expect(figures.tuned).toBeGreaterThan(0.85)
    expect(figures.heldOut).toBeGreaterThan(0.85)
    // Words are all it knows: what is said in other words, a model has to look for with words of its own.
    expect(figures.paraphrased).toBeLessThan(figures.heldOut)
    // The control: without looking at the question.
    expect(recallAt5(questions, () => Object.keys(manyTools))).toBeLessThan(0.1)
  })
})

describe('toolSearch', () => {
  const shownTo = (model: ReturnType<typeof scriptedModel>, request: number): string[] =>
    (model.requests[request]?.tools ?? []).map(({ name }) => name)

  it('shows the few that fit, and what find_tools finds in the next step', async () => {
    const model = scriptedModel([
      { toolCalls: [{ name: 'find_tools', input: { task: 'dim the lamps' } }] },
      { toolCalls: [{ name: 'lights_set', input: {} }] },
      'dark now',
    ])
    const agent = createAgent({
      model,
      plugins: [toolSearch(manyTools, { limit: 5, always: ['timer_start'] })],
    })
    const result = await agent.run('Refund the last payment of this customer')
    expect(result.text).toBe('dark now')
    expect(shownTo(model, 0)).toHaveLength(7)
    expect(shownTo(model, 0)).toEqual(
      expect.arrayContaining(['stripe_refund_payment', 'timer_start', 'find_tools']),
    )
    expect(shownTo(model, 0)).not.toContain('lights_set')
    expect(shownTo(model, 1)).toContain('lights_set')
    expect(Object.keys(agent.tools)).toHaveLength(201)
  })
  it('shows a resumed run the same tools', async () => {
    const first = scriptedModel([
      { toolCalls: [{ name: 'find_tools', input: { task: 'dim the lamps' } }] },
      'found',
    ])
    const plugin = toolSearch(manyTools, { limit: 3 })
    const saved = await createAgent({ model: first, plugins: [plugin] }).run('Refund the payment')
    const second = scriptedModel(['and now?'])
    const messages = [...saved.messages, userText('Go on')]
    await createAgent({ model: second, plugins: [plugin] }).run({ messages })
    expect(shownTo(second, 0)).toContain('lights_set')
  })
  it('leaves the tools of others alone', async () => {
    const model = scriptedModel(['ok'])
    const { qr_code_create: own, ...others } = manyTools
    if (!own) throw new Error('the fixture changed')
    await createAgent({ model, tools: { own }, plugins: [toolSearch(others)] }).run('play music')
    expect(shownTo(model, 0)).toContain('own')
  })
  it('refuses what cannot work', () => {
    expect(() => toolSearch(manyTools, { limit: 0 })).toThrow(
      'limit: expected a number of 1 or more, received 0',
    )
    expect(() => toolSearch(manyTools, { always: ['nothing'] })).toThrow('always: expected names of tools')
    const { todo_add: find } = manyTools
    if (find) expect(() => toolSearch({ find_tools: find })).toThrow('find_tools')
  })
})
