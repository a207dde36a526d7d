import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/server'
import { pixel } from './media.ts'

/** The suite's resources, and subscriptions to them. */
export const registerResources = (server: McpServer): void => {
  const plain = { mimeType: 'text/plain' }
  server.registerResource('static-text', 'test://static-text', plain, ({ href }) => ({
    contents: [{ uri: href, ...plain, text: 'This is the content of the static text resource.' }],
  }))
  const png = { mimeType: 'image/png' }
  server.registerResource('static-binary', 'test://static-binary', png, ({ href }) => ({
    contents: [{ uri: href, ...png, blob: pixel }],
  }))
  server.registerResource('watched-resource', 'test://watched-resource', plain, ({ href }) => ({
    contents: [{ uri: href, ...plain, text: 'Watched resource content' }],
  }))
  const json = { mimeType: 'application/json' }
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined })
  server.registerResource('template', template, json, ({ href }, { id }) => ({
    contents: [
      { uri: href, ...json, text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) },
    ],
  }))
  server.server.setRequestHandler('resources/subscribe', () => ({}))
  server.server.setRequestHandler('resources/unsubscribe', () => ({}))
  const embedded = {
    uri: 'test://embedded-resource',
    ...plain,
    text: 'This is an embedded resource content.',
  }
  const mixed = { uri: 'test://mixed-content-resource', ...json, text: '{"test":"data","value":123}' }
  server.registerTool('test_embedded_resource', { description: 'Answers with a resource' }, () => ({
    content: [{ type: 'resource', resource: embedded }],
  }))
  server.registerTool(
    'test_multiple_content_types',
    { description: 'Answers with a text, an image and a resource' },
    () => ({
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        { type: 'image', data: pixel, mimeType: 'image/png' },
        { type: 'resource', resource: mixed },
      ],
    }),
  )
}
