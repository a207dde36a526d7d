/** What is loaded with the first tool call or saved state. */
export { createAnswerer } from './create-answerer.ts'
export { takeUp } from './saved-state.ts'
