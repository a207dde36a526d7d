import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { converse } from './converse.mjs'
import { cached, execute, findProgram, Unavailable } from './programs.mjs'
import { freePort } from './processes.mjs'

const version = '4.0.0'

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ashlar</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${version}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`

const settings = ({ folder, port, controller }) =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'log'),
    'num.partitions': 1,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')

/** ApiVersions, the request that every broker answers: length, key 18, version 0, correlation 7, no client id. */
const apiVersions = Buffer.from('0000000a0012000000000007ffff', 'hex')

/** Kafka as one node that is broker and controller. */
export const kafka = {
  name: 'kafka',
  variable: 'ASHLAR_KAFKA_BROKERS',
  url: (port) => `127.0.0.1:${port}`,
  async obtain() {
    const java = findProgram('java')
    const maven = findProgram('mvn')
    if (!java || !maven) throw new Unavailable('needs Java 17 and Maven (`java`, `mvn`) on the path')
    const jars = await cached(`kafka-${version}`, async (folder) => {
      writeFileSync(join(folder, 'pom.xml'), pom)
      const goal = ['dependency:copy-dependencies', '-DoutputDirectory=.', '-DincludeScope=runtime']
      await execute(maven, ['-q', '-B', '-ntp', ...goal], { cwd: folder }).catch((error) => {
        throw new Unavailable(error.message, { cause: error })
      })
    })
    return { java, jars }
  },
  async prepare({ program: { java, jars }, folder, port }) {
    const file = join(folder, 'server.properties')
    writeFileSync(file, settings({ folder, port, controller: await freePort() }))
    const classes = ['-cp', join(jars, '*')]
    const id = randomBytes(16).toString('base64url')
    await execute(java, [...classes, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', file])
    return {
      command: java,
      args: ['-Xmx512m', '-XX:+UseSerialGC', ...classes, 'kafka.Kafka', file],
      options: {},
    }
  },
  isReady: async ({ port }) => (await converse(port, apiVersions)).length > 8,
}
