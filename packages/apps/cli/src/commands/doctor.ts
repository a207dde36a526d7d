import type { CommandDef } from 'citty'
import type { Terminal } from '../terminal.ts'
import { defineStrictCommand } from './define.ts'

/** `ashlar doctor` */
export const doctorCommand = (terminal: Terminal): CommandDef =>
  defineStrictCommand({
    name: 'doctor',
    description: 'Check the set-up and say how to fix it',
    args: {},
    run: async () => (await import('../doctor.ts')).doctor(terminal),
  })
