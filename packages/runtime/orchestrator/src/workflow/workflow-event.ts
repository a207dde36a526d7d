/** Something that happened in a workflow, with what belongs to it. */
export interface WorkflowEvent<Data = unknown> {
  readonly type: string
  readonly data: Data
}

/** Makes the events of one type, and knows them. */
export interface EventType<Data> {
  (data: Data): WorkflowEvent<Data>
  readonly type: string
  readonly is: (event: WorkflowEvent) => event is WorkflowEvent<Data>
}

/** A type of event: `const found = eventType<{ title: string }>('found')`, then `found({ title: '…' })`. */
export const eventType = <Data = void>(type: string): EventType<Data> => {
  const make = (data: Data): WorkflowEvent<Data> => ({ type, data })
  const is = (event: WorkflowEvent): event is WorkflowEvent<Data> => event.type === type
  return Object.assign(make, { type, is })
}
