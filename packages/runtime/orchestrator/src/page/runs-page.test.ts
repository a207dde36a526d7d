import { request } from 'node:http'
import { createAgent, isObject } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineGraph } from '../define-graph.ts'
import { durableRuns } from '../durable/durable-runs.ts'
import type { Journal } from '../durable/journal.ts'
import { sqliteJournal } from '../durable/sqlite-journal.ts'
import { signs } from '../view/signs.ts'
import { runsPage } from './runs-page.ts'
import { serveRuns } from './serve-runs.ts'

let journal: Journal
beforeEach(async () => {
  journal = await sqliteJournal(':memory:')
})
afterEach(() => journal.close())

const get = (path: string, init?: RequestInit) =>
  runsPage(journal, { intervalMs: 10 })(new Request(`http://host${path}`, init))

const recordGraph = async (work: (id: string) => unknown) => {
  const graph = defineGraph([{ id: 'a' }, { id: 'b', dependsOn: ['a'] }, { id: 'c', dependsOn: ['a'] }])
  return durableRuns(journal).runGraph(graph, ({ id }) => work(id), { runId: 'g/1', name: 'plan <b>' })
}

describe('runsPage', () => {
  it('is a page with its parts beside it, under any prefix, that may load nothing else', async () => {
    for (const prefix of ['', '/deep/mount', '/api/runs/x']) {
      const page = await get(`${prefix}/`)
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
      const html = await page.text()
      for (const [, part] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
        expect(part).not.toMatch(/^(?:\/|\w+:)/)
        expect((await get(`${prefix}/${part}`)).status).toBe(200)
      }
    }
    const script = await (await get('/deep/mount/runs.js')).text()
    for (const [, part] of script.matchAll(/from '\.\/([^']*)'/g))
      expect(await (await get(`/deep/mount/${part}`)).text()).toContain('export const')
    const { status, headers } = await get('/deep/mount')
    expect([status, headers.get('location')]).toEqual([308, 'mount/'])
  })

  it('has a style for every state, and one of its own for what waits for whoever looks', async () => {
    const css = await (await get('/runs.css')).text()
    for (const state of Object.keys(signs)) expect(css).toContain(`[data-state='${state}']`)
    expect(css).toContain(`\n.node[data-state='paused'] {`)
  })

  it('only reads', async () => {
    for (const method of ['POST', 'DELETE', 'PUT'])
      expect((await get('/api/runs', { method })).status).toBe(405)
    expect(await (await get('/api/runs', { method: 'HEAD' })).text()).toBe('')
  })

  it('knows only what there is', async () => {
    for (const path of [
      '/api/runs/nobody',
      '/api/runs/nobody/events',
      '/x.js',
      '/../package.json',
      '/api/runs/%E0%A4%A',
      '/__proto__.x',
    ])
      expect((await get(path)).status).toBe(404)
  })

  it('lists runs and gives one as its graph', async () => {
    const run = await recordGraph((id) => {
      if (id === 'b') throw new Error('no: sk-ant-api03-abcdefghijklmnop123456')
      return `${id} done`
    })
    await run.result
    expect(await (await get('/api/runs')).json()).toMatchObject([{ runId: 'g/1', state: 'failed' }])
    const view: unknown = await (await get('/api/runs/g%2F1')).json()
    expect(view).toMatchObject({
      name: 'plan <b>',
      state: 'failed',
      nodes: [
        { id: 'a', level: 0, state: 'done', output: 'a done' },
        { id: 'b', level: 1, state: 'failed', dependsOn: ['a'], error: 'no: [redacted]' },
        { id: 'c', level: 1, state: 'done' },
      ],
    })
  })

  it('draws an agent by its steps', async () => {
    const { plugin } = durableRuns(journal)
    await createAgent({ model: scriptedModel(['hello']), plugins: [plugin] }).run('hi', { runId: 'r' })
    expect(await (await get('/api/runs/r')).json()).toMatchObject({
      state: 'done',
      modelCalls: 1,
      nodes: [{ id: 'model/1', kind: 'model', output: 'hello', level: 0 }],
    })
  })

  it('follows a run to its end', async () => {
    const held = Promise.withResolvers<void>()
    const run = await recordGraph((id) => (id === 'c' ? held.promise : id))
    const response = await get('/api/runs/g%2F1/events')
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.includes('"id":"c","kind":"task","level":1,"state":"running"') || text.includes('running'))
        held.resolve()
    }
    await run.result
    const events = text.trim().split('\n\n')
    expect(events.at(-1)).toBe('event: end\ndata: {}')
    const last: unknown = JSON.parse(events.at(-2)?.replace('data: ', '') ?? '')
    expect(isObject(last) && last['state']).toBe('done')
  })

  it('looks at the journal no more when nobody reads', async () => {
    let looks = 0
    const counted = {
      ...journal,
      run: (id: string) => (looks++, journal.run(id)),
      steps: (id: string) => journal.steps(id),
    }
    const held = Promise.withResolvers<void>()
    const run = await recordGraph(() => held.promise)
    const response = await runsPage(counted, { intervalMs: 5 })(
      new Request('http://host/api/runs/g%2F1/events'),
    )
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    const before = looks
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(looks - before).toBeLessThan(2)
    held.resolve()
    await run.result
  })
})

/** The status of a request with headers that `fetch` would not send. */
const statusOf = (url: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    sent.end()
  })

describe('serveRuns', () => {
  it('answers to this machine alone, under its own name', async () => {
    const served = await serveRuns(journal, { port: 0 })
    try {
      expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
      expect((await fetch(served.url)).status).toBe(200)
      expect(await (await fetch(`${served.url}api/runs`)).json()).toEqual([])
      const host = new URL(served.url).host
      expect(await statusOf(served.url, { host })).toBe(200)
      expect(await statusOf(served.url, { host: 'evil.example' })).toBe(403)
      expect(await statusOf(served.url, { host, origin: 'http://evil.example' })).toBe(403)
    } finally {
      await served.close()
    }
  })
})
