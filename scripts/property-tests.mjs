import { configureGlobal } from 'fast-check'

// Loaded only under CI and `ASHLAR_SOAK`, as it costs every test file time. CI repeats the same cases, so that a
// change is judged by what it changed; elsewhere each run draws new ones. A soak draws ten times as many.
configureGlobal(process.env.ASHLAR_SOAK ? { numRuns: 1000 } : { seed: 20_261_121 })
