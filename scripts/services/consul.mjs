import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { converse } from './converse.mjs'
import { freePort } from './processes.mjs'
import { cached, execute, findProgram, Unavailable } from './programs.mjs'

const version = 'v1.20.1'

/** Building takes minutes on two cores, once. Not `go install`: Consul's own module replaces some of its parts. */
const build = (go) =>
  cached(`consul-${version}`, async (folder) => {
    const options = { cwd: folder, timeout: 1_800_000, env: { ...process.env, GOFLAGS: '-buildvcs=false' } }
    writeFileSync(join(folder, 'go.mod'), 'module ashlar/consul\n\ngo 1.22\n')
    try {
      await execute(go, ['get', `github.com/hashicorp/consul@${version}`], options)
      await execute(go, ['build', '-o', 'consul', 'github.com/hashicorp/consul'], options)
    } catch (error) {
      throw new Unavailable(error.message, { cause: error })
    }
  })

/** Consul as one server without its DNS and gRPC sides. */
export const consul = {
  name: 'consul',
  variable: 'ASHLAR_CONSUL_URL',
  url: (port) => `http://127.0.0.1:${port}`,
  async obtain() {
    const installed = findProgram('consul')
    if (installed) return { command: installed }
    const go = findProgram('go', ['/usr/local/go/bin'])
    if (!go) throw new Unavailable('needs consul, or Go to build it, on the path')
    return { command: join(await build(go), 'consul') }
  },
  async prepare({ program, folder, port }) {
    const [rpc, lan, wan] = [await freePort(), await freePort(), await freePort()]
    const ports = {
      http: port,
      https: -1,
      grpc: -1,
      grpc_tls: -1,
      dns: -1,
      server: rpc,
      serf_lan: lan,
      serf_wan: wan,
    }
    const settings = {
      ports,
      bind_addr: '127.0.0.1',
      client_addr: '127.0.0.1',
      node_name: 'ashlar',
      disable_update_check: true,
    }
    const file = join(folder, 'consul.json')
    writeFileSync(file, JSON.stringify(settings))
    return { command: program.command, args: ['agent', '-dev', '-config-file', file], options: {} }
  },
  // It answers before it has a leader, without which it takes nothing.
  async isReady({ port }) {
    const answer = await converse(port, 'GET /v1/status/leader HTTP/1.0\r\n\r\n')
    return /\r\n\r\n"[\d.]+:\d+"/.test(answer)
  },
}
