// `npm run soak [-- unit|integration|e2e …]`: the tests with their full counts, of which CI runs a seeded tenth.
process.env.ASHLAR_SOAK = '1'
await import('./test.mjs')
