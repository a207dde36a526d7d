import { chooseModel, CommandError, describeChoice, describeError } from '@ashlar/cli'
import { createAgent, tool } from '@ashlar/core'
import { z } from 'zod'

const time = tool({
  description: 'Tells the date and the time in a time zone',
  input: z.object({ zone: z.string().describe('Such as Europe/Rome') }),
  annotations: { readOnly: true },
  execute: ({ zone }) =>
    new Date().toLocaleString('en-GB', { timeZone: zone, dateStyle: 'full', timeStyle: 'short' }),
})

const question = process.argv.slice(2).join(' ') || 'What is the time in Europe/Rome?'
if (question === '--help') {
  console.log('Usage: main.ts [question]')
  process.exit()
}

try {
  const chosen = await chooseModel()
  console.log(`${describeChoice(chosen)}\n\n${question}`)

  const agent = createAgent({ model: chosen.model, instructions: 'Answer in one sentence.', tools: { time } })
  for await (const event of agent.run(question)) {
    if (event.type === 'tool-end') console.log(`  ${event.call.name} says: ${event.result?.output}`)
    if (event.type === 'text-delta') process.stdout.write(event.text)
  }
  console.log()
} catch (error) {
  console.error(`Error: ${describeError(error)}`)
  process.exitCode = CommandError.isInstance(error) ? error.exitCode : 1
}
