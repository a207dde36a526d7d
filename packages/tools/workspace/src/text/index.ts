export { applyTemplate, type TemplateOptions } from './apply-template.ts'
export { generateMarkdown, type MarkdownBlock } from './generate-markdown.ts'
