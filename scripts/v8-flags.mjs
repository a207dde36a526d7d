/**
 * What V8 is told in every process that runs tests: that of Node 24.21 dies now and then (SIGSEGV, SIGTRAP) while it
 * replaces a wrapper of WebAssembly that another thread's code frees, so it is kept from replacing any. Node 22 and 26
 * take the flag as well.
 */
export const v8Flags = ['--wasm-wrapper-tiering-budget=1000000000']
