import type { ElicitRequest, ElicitResult } from '@modelcontextprotocol/client'

/** A server asks the person something: fields by a JSON Schema, or a visit to an address. */
export interface ElicitQuestion {
  readonly server: string
  readonly message: string
  /** The fields that are asked for. */
  readonly schema?: Readonly<Record<string, unknown>>
  /** An address that the person is to open, instead of fields. Ask before opening it. */
  readonly url?: string
  readonly signal: AbortSignal
}

/** What the person says. Missing fields get the defaults of the schema. */
export type ElicitAnswer =
  | {
      readonly action: 'accept'
      readonly content?: Readonly<Record<string, string | number | boolean | string[]>>
    }
  | { readonly action: 'decline' | 'cancel' }

/** Answers what servers ask. */
export type Elicit = (question: ElicitQuestion) => ElicitAnswer | Promise<ElicitAnswer>

type Handler = (
  request: ElicitRequest,
  context: { readonly mcpReq: { readonly signal: AbortSignal } },
) => Promise<ElicitResult>

/** With nobody to ask, the answer is no. */
export const elicitationHandler =
  (server: string, elicit: Elicit | undefined): Handler =>
  async ({ params }, { mcpReq }) => {
    if (!elicit) return { action: 'decline' }
    const { message } = params
    const asked = params.mode === 'url' ? { url: params.url } : { schema: { ...params.requestedSchema } }
    const answer = await elicit({ server, message, ...asked, signal: mcpReq.signal })
    if (answer.action !== 'accept') return { action: answer.action }
    return { action: 'accept', ...(params.mode !== 'url' && { content: { ...answer.content } }) }
  }
