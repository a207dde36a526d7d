export { testBus, type BusBench, type Runner, type TestBusOptions } from './test-bus.ts'
