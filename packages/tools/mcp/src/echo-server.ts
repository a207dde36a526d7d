#!/usr/bin/env node
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { tool, toolContent } from '@ashlar/core'
import { packageVersion } from './package-version.ts'
import { createMcpServer } from './server/index.ts'

const version = packageVersion()
const usage = `Usage: ashlar-mcp-echo [--http] [--port <port>]

An MCP server to try clients with. Its tools: echo, add, wait (reports progress), picture.

  --http         serve over HTTP on loopback instead of stdio
  --port <port>  with --http (default: a free one)
  --version      print the version
`

/** One grey pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=='

const text = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } as const
const addends = {
  type: 'object',
  properties: { a: { type: 'number' }, b: { type: 'number' } },
  required: ['a', 'b'],
} as const
const steps = {
  type: 'object',
  properties: { steps: { type: 'integer', minimum: 1, maximum: 100 }, ms: { type: 'integer', minimum: 0 } },
  required: ['steps'],
} as const

const tools = {
  echo: tool({
    description: 'Gives back the text it is given',
    input: text,
    annotations: { readOnly: true },
    execute: ({ text: given }) => given,
  }),
  add: tool({
    description: 'Adds two numbers',
    input: addends,
    annotations: { readOnly: true },
    execute: ({ a, b }) => ({ sum: a + b }),
  }),
  wait: tool({
    description: 'Waits for some steps of some milliseconds (100 unless given), and reports each',
    input: steps,
    annotations: { readOnly: true },
    execute: async ({ steps: count, ms = 100 }, { report, signal }) => {
      for (let step = 1; step <= count; step += 1) {
        await sleep(ms, undefined, { signal })
        report(`step ${step} of ${count}`)
      }
      return `waited for ${count} steps`
    },
  }),
  picture: tool({
    description: 'Gives a picture of one grey pixel',
    annotations: { readOnly: true },
    execute: () => toolContent('a grey pixel', [{ type: 'image', data: pixel, mediaType: 'image/png' }]),
  }),
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      http: { type: 'boolean' },
      port: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
  })
  if (values.help) process.stdout.write(usage)
  else if (values.version) process.stdout.write(`${version}\n`)
  else {
    const server = createMcpServer({ name: 'ashlar-echo', version, title: 'Echo', tools })
    if (!values.http) return void server.serveStdio()
    const { url } = await server.listen({ port: Number(values.port ?? 0) })
    process.stderr.write(`${url}\n`)
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exitCode = 2
}
