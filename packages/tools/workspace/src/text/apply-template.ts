import { WorkspaceError } from '../workspace-error.ts'

export interface TemplateOptions {
  /** What the template names. Only own properties can be reached. */
  readonly data: Readonly<Record<string, unknown>>
  /** Milliseconds it may take. @default 250 */
  readonly timeMs?: number | undefined
  /** Characters of the template, and of what its loops and strings may make. @default 1,000,000 */
  readonly maxChars?: number | undefined
}

/**
 * Fills in a Liquid template: `applyTemplate('Hello {{ name }}', { data: { name: 'Ann' } })`. A template cannot run code,
 * read files or include others, so one that a model or a stranger wrote is safe; a name that `data` lacks is an error.
 * @throws WorkspaceError when the template is malformed, names what is not there, or takes too much
 */
export const applyTemplate = async (template: string, options: TemplateOptions): Promise<string> => {
  const { data, timeMs = 250, maxChars = 1_000_000 } = options
  // Loaded here: most who use the file tools never fill in a template.
  const { Liquid } = await import('liquidjs')
  const liquid = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    templates: {},
    parseLimit: maxChars,
    renderLimit: timeMs,
    memoryLimit: maxChars,
  })
  try {
    const text: unknown = await liquid.parseAndRender(template, data)
    return String(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new WorkspaceError(
      `The template cannot be filled in: ${why}.`,
      { code: 'template', path: '' },
      { cause: error },
    )
  }
}
