import { completable, type McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { pixel } from './media.ts'

const text = (value: string) => ({ role: 'user' as const, content: { type: 'text' as const, text: value } })

/** The suite's prompts; the first argument of one can be completed. */
export const registerPrompts = (server: McpServer): void => {
  server.registerPrompt('test_simple_prompt', { description: 'One text' }, () => ({
    messages: [text('This is a simple prompt for testing.')],
  }))
  const argument = completable(z.string(), (typed) =>
    ['paris', 'park', 'party'].filter((word) => word.startsWith(typed)),
  )
  const two = z.object({ arg1: argument, arg2: z.string() })
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'Two arguments', argsSchema: two },
    ({ arg1, arg2 }) => ({
      messages: [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
    }),
  )
  const uri = z.object({ resourceUri: z.string() })
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A resource and a text', argsSchema: uri },
    ({ resourceUri }) => {
      const resource = {
        uri: resourceUri,
        mimeType: 'text/plain',
        text: 'Embedded resource content for testing.',
      }
      return {
        messages: [
          { role: 'user', content: { type: 'resource', resource } },
          text('Please process the resource above.'),
        ],
      }
    },
  )
  server.registerPrompt('test_prompt_with_image', { description: 'An image and a text' }, () => ({
    messages: [
      { role: 'user', content: { type: 'image', data: pixel, mimeType: 'image/png' } },
      text('Please look at the image above.'),
    ],
  }))
}
