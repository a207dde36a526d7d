import type { Field } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { placesOf } from '../project-path.ts'
import type { Judge, Shell } from '../shell.ts'
import { askAbout, isHelp } from '../tool.ts'

const escapes =
  /^--(?:privileged|pid=host|userns=host|ipc=host|uts=host|cgroupns=host|device)|^--security-opt=(?:apparmor|seccomp)[=:]unconfined|^--cap-add=(?:ALL|SYS_|CAP_SYS_|DAC_|NET_ADMIN)/i

/** A folder of the host that a container would see. */
const judgeMount = (field: Field, shell: Shell): Outcome => {
  const text =
    field.text.includes('source=') || field.text.includes('src=')
      ? (/(?:source|src)=([^,]*)/.exec(field.text)?.[1] ?? '')
      : (field.text.split(':')[0] ?? '')
  if (!text.startsWith('/') && !text.startsWith('.')) return allow()
  const found = placesOf({ text }, shell).map((place) => {
    const traits = shell.host.traits(place.real)
    if (
      place.path.endsWith('docker.sock') ||
      traits.secret ||
      traits.home ||
      (traits.system && !place.inside)
    )
      return deny('privilege', `The container would get ${text} of the host.`)
    return place.inside ? allow() : ask('outside-project', `"${text}" is outside the project.`)
  })
  return worst(found)
}

/** docker run: asks, and refuses what leaves the container. */
export const dockerRun: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const found: Outcome[] = [askAbout('containers', 'It starts a container.', { call, shell })]
  for (const [index, field] of call.args.entries()) {
    const next = call.args[index + 1]
    const joined = next && !field.text.includes('=') ? `${field.text}=${next.text}` : field.text
    if (escapes.test(field.text) || escapes.test(joined))
      found.push(deny('privilege', `${field.text} lets the container act as the host.`))
    if (['-v', '--volume', '--mount'].includes(field.text) && next) found.push(judgeMount(next, shell))
    else if (/^--(?:volume|mount)=/.test(field.text))
      found.push(judgeMount({ ...field, text: field.text.slice(field.text.indexOf('=') + 1) }, shell))
    else if (/^-v./.test(field.text)) found.push(judgeMount({ ...field, text: field.text.slice(2) }, shell))
    if (['sh', 'bash', 'nsenter', 'chroot'].includes(field.text))
      found.push(
        ...[shell.runCommand(call.args.slice(index), { stdin: noInput })].filter(
          ({ verdict, rule }) => verdict === 'deny' && rule !== 'destroys-files',
        ),
      )
  }
  return worst(found)
}
