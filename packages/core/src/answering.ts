/** What is loaded with the first tool call, saved state or run below a metered one. */
export { createAnswerer } from './create-answerer.ts'
export { inheritMeters } from './inherit-meters.ts'
export { takeUp } from './saved-state.ts'
