// `ASHLAR_SOAK=1` runs every property test ten times as often. Loaded only then: it costs every test file time.
if (process.env['ASHLAR_SOAK']) {
  const { configureGlobal } = await import('fast-check')
  configureGlobal({ numRuns: 1000 })
}
